// The stage between the decoder and the encoders: each picture becomes one of the size of every rung, in cascade: each is
// scaled from the smallest that is there and not smaller. Here, before the split, is where pictures are dropped that come too late,
// so that all rungs lose the same ones; never one that segments start at.
#pragma once

#include "av/scaler.hpp"
#include "worker/items.hpp"
#include "worker/outlet.hpp"
#include "worker/queue.hpp"
#include "worker/rung.hpp"
#include "worker/stills.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::worker {

class Splitter {
  public:
    struct Settings {
        media::Ticks keyframe;     ///< the longest between two keyframes
        base::Duration most_late;  ///< older pictures are dropped; zero: none are
        media::Ticks from;         ///< earlier pictures are there for the decoder alone
    };

    Splitter(Queue<PictureItem>& in, Outlet& outlet, Stills& stills, Settings settings) noexcept
        : in_(in), outlet_(outlet), stills_(stills), settings_(settings) {}
    /// Before `run`. Both outlive the splitter.
    void add(Rung& rung, Queue<RungItem>& out);
    /// Until the queue is closed.
    void run();
    /// Pictures dropped because they came too late: of every rung.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

  private:
    struct Branch {
        Rung* rung;
        Queue<RungItem>* out;
        std::optional<av::Scaler> scaler;
        bool on = true;
        media::Ticks due;            ///< with a frame rate of its own: when the next picture is wanted
        bool discontinuity = false;  ///< the next picture bears it
    };

    void take(Picture picture);
    void take(const DrainRef& mark);
    [[nodiscard]] bool too_late(const Picture& picture) const;
    [[nodiscard]] bool wants(Branch& branch, const Picture& picture) const;
    [[nodiscard]] base::Result<av::FrameRef> scale(Branch& branch, const std::vector<av::FrameRef>& sources) const;
    void give(Branch& branch, const Picture& picture, std::vector<av::FrameRef>& sources);

    Queue<PictureItem>& in_;
    Outlet& outlet_;
    Stills& stills_;
    Settings settings_;
    std::vector<Branch> branches_;  ///< the largest first
    std::optional<media::Ticks> last_keyframe_;
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace weir::worker

// What travels through the stages of the worker, in order: packets and their tracks, pictures, and the marks behind which
// everything has come out.
#pragma once

#include "av/frame.hpp"
#include "av/video_encoder.hpp"
#include "base/clock.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <variant>

namespace weir::worker {

/// A packet of the source, and when it came.
struct SourcePacket {
    media::Packet packet;
    base::Instant arrived;
};

/// A decoded picture, of the source or of the size of a rung.
struct Picture {
    av::FrameRef frame;
    av::Marks marks;
    double frame_rate = 0;  ///< of the source; 0 where unknown
    base::Instant arrived;
};

/// "Encode everything that you have." Each rung says so once, and so does the splitter; the last one calls `done`.
class DrainMark {
  public:
    DrainMark(std::size_t rungs, std::function<void()> done) : left_(rungs + 1), done_(std::move(done)) {}
    void reached() {
        if (left_.fetch_sub(1) == 1) done_();
    }

  private:
    std::atomic<std::size_t> left_;
    std::function<void()> done_;
};
using DrainRef = std::shared_ptr<DrainMark>;

/// A rung is switched off: what is inside comes out, then it waits for a boundary.
struct Stop {};

/// What a decoder is given.
using SourceItem = std::variant<media::TrackSetRef, SourcePacket, DrainRef>;
/// What follows a decoder.
using PictureItem = std::variant<Picture, DrainRef>;
/// What an encoder is given.
using RungItem = std::variant<Picture, Stop, DrainRef>;

/// When the packet came of which this is; the distant future where it is none.
template <typename Item>
[[nodiscard]] base::Instant arrival(const Item& item) noexcept {
    return std::visit(
        [](const auto& each) {
            if constexpr (requires { each.arrived; }) return each.arrived;
            else return base::Instant::max();
        },
        item);
}

}  // namespace weir::worker

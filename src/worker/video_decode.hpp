// The stage that decodes the source's pictures, once for all rungs. It follows the source through changes of its tracks,
// discontinuities and damage: what cannot be decoded is counted, and nothing stops for it.
#pragma once

#include "av/decoder.hpp"
#include "worker/items.hpp"
#include "worker/outlet.hpp"
#include "worker/queue.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

namespace weir::worker {

struct DecodeCounters {
    std::atomic<std::uint64_t> frames{0};
    std::atomic<std::uint64_t> errors{0};
};

class VideoDecode {
  public:
    VideoDecode(Queue<SourceItem>& in, Queue<PictureItem>& out, Outlet& outlet, DecodeCounters& counters,
                unsigned cores) noexcept
        : in_(in), out_(out), outlet_(outlet), counters_(counters), cores_(cores) {}
    /// Until a queue is closed.
    void run();

  private:
    /// What the picture of a packet will bear.
    struct Expected {
        media::Ticks pts;
        av::Marks marks;
        base::Instant arrived;
    };

    void take(const media::TrackSetRef& tracks);
    void take(const SourcePacket& source);
    void take(const DrainRef& mark);
    [[nodiscard]] bool open(const media::Packet& packet);
    void expect(const SourcePacket& source);
    void receive();
    void finish();
    void pass_on(av::Frame frame);
    [[nodiscard]] Expected claim(media::Ticks pts);
    void trouble(const base::Error& error);

    Queue<SourceItem>& in_;
    Queue<PictureItem>& out_;
    Outlet& outlet_;
    DecodeCounters& counters_;
    unsigned cores_;
    std::optional<media::Track> track_;
    std::optional<av::Decoder> decoder_;
    std::deque<Expected> expected_;
    std::optional<media::Ticks> last_pts_;
    bool discontinuity_ = false;  ///< the next picture bears it
};

}  // namespace weir::worker

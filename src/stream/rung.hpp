// One rung of a stream as its viewers have it: what the transcoder makes of the picture, and the sound that goes with it, merged
// by decode time into a rendition of its own. The picture takes the longer way and waits for nothing; sound waits until the
// picture has come as far. After an interruption the rung goes on at a keyframe behind all that it has, and what was said
// before that is skipped. A rung of sound alone is its own packets. Owned by the ladder; lives on the stream's shard.
#pragma once

#include "base/limits.hpp"
#include "stream/rate_meter.hpp"
#include "stream/rendition.hpp"
#include "stream/transcoder.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace weir::stream {

/// What has come of a rung.
struct RungCounts {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t sound_dropped = 0;  ///< packets of sound that no picture came for
    std::uint64_t partings = 0;       ///< times that its viewers were let go, since nothing came any more
};

class Rung {
  public:
    struct Limits {
        base::ByteCount waiting_bytes{4U << 20};
        base::Duration waiting_time = std::chrono::seconds(10);
        base::Duration patience = std::chrono::seconds(5);

        void fields(this auto& self, auto&& visit) {
            visit("waiting_bytes", self.waiting_bytes,
                  base::Limit{.what = "bytes of sound that wait for the picture of a rung",
                              .at_limit = "the oldest go; the rung has a pause in its sound",
                              .metric = "weir_rung_dropped_total"});
            visit("waiting_time", self.waiting_time,
                  base::Limit{.what = "how far the picture of a rung may be behind its sound",
                              .at_limit = "the oldest sound goes; the rung has a pause in its sound",
                              .metric = "weir_rung_dropped_total"});
            visit("patience", self.patience,
                  base::Limit{.what = "stream time that the viewers of a rung's log wait for its next worker",
                              .at_limit = "they are let go, and choose another rung",
                              .metric = "weir_rung_partings_total"});
        }
    };

    Rung(RungPlan plan, const Rendition::Limits& held, const Limits& limits)
        : plan_(std::move(plan)), limits_(limits), rendition_(plan_.name, held) {}

    /// The next packet that the transcoder made.
    void write(const media::PacketRef& packet, const media::TrackSetRef& tracks, base::Instant now);
    /// The next packet of the sound that goes with the picture, of a track of `tracks`.
    void hear(const media::PacketRef& packet, const media::TrackSetRef& tracks);
    /// What sound there is, as the source says it; null for none.
    void set_sound(media::TrackSetRef tracks) { sound_ = std::move(tracks); }
    /// Another transcoder makes it, as that is planned.
    void become(RungPlan plan) { plan_ = std::move(plan); }
    /// Nothing comes until a keyframe does.
    void interrupt() noexcept { is_interrupted_ = true; }
    /// Nothing comes for long: nobody joins at what there was.
    void part() {
        ++counts_.partings;
        rendition_.clear();
    }
    /// The stream is over: the sound that is left comes out.
    void finish();

    [[nodiscard]] const RungPlan& plan() const noexcept { return plan_; }
    [[nodiscard]] Rendition& rendition() noexcept { return rendition_; }
    [[nodiscard]] const RungCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] std::uint64_t bits_per_second(base::Instant now) const noexcept { return rate_.bits_per_second(now); }
    /// Until when it has been shown; nothing while it waits for a keyframe.
    [[nodiscard]] std::optional<media::Ticks> end() const noexcept;

  private:
    [[nodiscard]] bool goes_on_with(const media::Packet& packet) noexcept;
    void skip_sound_before(media::Ticks time);
    void write_sound_until(media::Ticks dts);
    void write_oldest_sound();
    void pop_oldest_sound() noexcept;
    void keep_limits();
    [[nodiscard]] media::TrackSetRef tracks_with(const media::TrackSetRef& sound);

    struct Sound {
        media::PacketRef packet;
        media::TrackSetRef tracks;
    };

    RungPlan plan_;
    const Limits limits_;
    Rendition rendition_;
    RungCounts counts_;
    RateMeter rate_;

    bool is_interrupted_ = true;
    std::optional<media::Ticks> last_dts_;
    media::Ticks end_;

    std::deque<Sound> waiting_;
    std::size_t waiting_bytes_ = 0;

    media::TrackSetRef picture_;  ///< of the newest packet of the rung itself
    media::TrackSetRef sound_;    ///< of the newest sound
    media::TrackSetRef merged_;   ///< made of the next two
    media::TrackSetRef merged_picture_;
    media::TrackSetRef merged_sound_;
};

}  // namespace weir::stream

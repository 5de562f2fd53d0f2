// Decides, once per stream, where segments start. The source leads: at the first keyframe of its leading track that is at least
// `segment` after the last boundary; for sound alone at the first frame. Where encoders follow and the source's keyframes come
// too seldom, they lead: a segment starts with the first picture that is due, since each encoder makes a keyframe of it. The
// source leads again when media begins anew. At most one segment starts per elapsed second, so that sequence numbers that
// count up from the Unix second of the start never overtake the clock.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "media/packet.hpp"

namespace weir::stream {

class Boundaries {
  public:
    Boundaries(base::Duration segment, base::Instant start) : segment_(media::Ticks::from(segment)), start_(start) {}

    /// Whether the clock lets another segment start.
    [[nodiscard]] bool may_begin(base::Instant now) const noexcept;
    /// Whether a segment starts with this packet of the stream; `starts` where media begins anew (only when `may_begin`).
    [[nodiscard]] bool decide(const media::Packet& packet, std::uint32_t leading_track, bool starts, base::Instant now);

    /// Whether there are encoders that can lead. The source leads while there are none.
    void set_encoders(bool there_are) noexcept;
    /// The source catches up: how far one track is ahead of another says nothing.
    void set_hurried(bool is_hurried) noexcept { is_hurried_ = is_hurried; }
    /// What a segment may last once players have been told (TARGETDURATION); zero before.
    void set_longest(media::Ticks longest) noexcept { longest_ = longest; }
    [[nodiscard]] bool source_leads() const noexcept { return source_leads_; }
    /// How long the source had gone without a keyframe when it lost the lead.
    [[nodiscard]] media::Ticks keyframe_distance() const noexcept { return keyframe_distance_; }

  private:
    [[nodiscard]] bool leads(const media::Packet& packet, std::uint32_t leading_track) noexcept;
    void watch_keyframes(const media::Packet& packet, bool starts) noexcept;

    const media::Ticks segment_;
    const base::Instant start_;
    std::uint64_t begun_ = 0;
    std::optional<media::Ticks> last_;  ///< presentation time of the last boundary
    media::Ticks leader_seen_;          ///< dts of the leading track's newest packet
    bool has_encoders_ = false;
    bool is_hurried_ = false;
    bool source_leads_ = true;
    media::Ticks longest_;
    std::optional<media::Ticks> last_keyframe_;  ///< pts, of the leading track
    media::Ticks keyframe_distance_;
};

}  // namespace weir::stream

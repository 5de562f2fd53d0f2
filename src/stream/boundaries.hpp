// Decides, once per stream, where segments start: at the first keyframe of the leading track that is at least `segment` after
// the last boundary; for sound alone at the first frame. At most one segment starts per elapsed second, so that sequence
// numbers that count up from the Unix second of the start never overtake the clock.
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

  private:
    [[nodiscard]] bool leads(const media::Packet& packet, std::uint32_t leading_track) noexcept;

    const media::Ticks segment_;
    const base::Instant start_;
    std::uint64_t begun_ = 0;
    std::optional<media::Ticks> last_;  ///< presentation time of the last boundary
    media::Ticks leader_seen_;          ///< dts of the leading track's newest packet
};

}  // namespace weir::stream

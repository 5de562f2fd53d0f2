// How long parts are (RFC 8216bis 4.4.3.7): chosen once for a stream, from how long its frames last, so that every part but a
// segment's last is 85 to 100 % of it.
#pragma once

#include "media/packet.hpp"
#include "media/ticks.hpp"
#include "media/track.hpp"

#include <cstdint>

namespace weir::package {

/// Percent of the target that a part lasts at least, if others of its segment follow it (RFC 8216bis 4.4.4.9).
inline constexpr std::int64_t least_filled = 85;

/// Where parts end this near to a boundary, they reach it: frames are stamped in roundings.
inline constexpr media::Ticks at_the_boundary = media::Ticks::milliseconds(1);

/// The longest that parts of whole frames fill well, at most `longest` (or a single frame); the next that are longer,
/// where so short ones leave one of the tracks less than 85 % of them. `frame` is the leading track's;
/// `sound` that of the sound beside it, zero where there is none.
[[nodiscard]] media::Ticks part_target(media::Ticks longest, media::Ticks frame, media::Ticks sound) noexcept;
/// The same, by the first packet of the leading track.
[[nodiscard]] media::Ticks part_target(media::Ticks longest, const media::Packet& first, const media::TrackSet& tracks);

}  // namespace weir::package

// Which sound is encoded anew. For the rungs of pictures it is any that not every player can play; where there are none, what some
// of the segments have no place for: HLS and DASH are of MP4, and HLS for old players is of MPEG-TS. Pure: asked of their carriages.
#pragma once

#include "media/codec.hpp"
#include "media/track.hpp"

namespace weir::transcode {

/// The sound needs to be encoded anew before every player can play it: it is not AAC-LC of one or two channels.
[[nodiscard]] bool needs_stereo(const media::Track& audio);

/// Some segments would be without it: it is encoded for them, rungs or none.
[[nodiscard]] bool is_missed(const media::Track& audio) noexcept;
/// The same of any sound of that codec.
[[nodiscard]] bool is_missed(media::Codec codec) noexcept;

}  // namespace weir::transcode

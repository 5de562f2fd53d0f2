// What a coded frame says of itself, beside its configuration record or in place of one, by one table over the codecs.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/ticks.hpp"
#include "media/track.hpp"

namespace weir::media {

/// The payload as the server has it: NAL units behind four-byte lengths (`length_size`: those of the source; 0: the codec has none),
/// AV1 without temporal delimiters. The very same bytes where that is what they are.
[[nodiscard]] base::Result<base::Bytes> payload_of(Codec codec, const base::Bytes& frame, unsigned length_size);

/// The codec's keyframes (of sound each frame) say all that a configuration record does, and their size.
[[nodiscard]] bool describes_itself(Codec codec) noexcept;
/// The track that such a keyframe describes; `malformed` where it is none, `unsupported` where the codec's frames do not.
[[nodiscard]] base::Result<Track> track_from_frame(Codec codec, base::ByteView frame);

/// How long this frame of sound lasts by its own words, where the codec's lengths vary (Opus, FLAC, G.711); else zero.
[[nodiscard]] Ticks own_duration(const Track& track, base::ByteView frame);
/// The same, and where the frame does not say, as the track does.
[[nodiscard]] Ticks frame_duration(const Track& track, base::ByteView frame);

}  // namespace weir::media

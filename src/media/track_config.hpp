// From a config record to the `Track` it describes, by one table over the codecs: nobody else asks which codec it is.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/nal.hpp"
#include "media/ticks.hpp"
#include "media/track.hpp"

#include <string_view>
#include <vector>

namespace weir::media {

/// The track that a configuration record describes: id 1 (video) or 2 (audio), codec string, size, frame rate,
/// sampling rate and channels as they are heard (with SBR and PS applied). What VP8 and VP9 have for a size is in their keyframes
/// (media/frames.hpp). The record may be wrapped as any of the containers in use wraps it; `Track::config` is the one form of
/// media/track.hpp, in which the NAL length size is four, as payloads have it. `unsupported`, with the codec's name, for codecs that
/// are not served yet; `too_large` beyond 64 KiB.
[[nodiscard]] base::Result<Track> track_from_config(Codec codec, base::ByteView config);

/// Why the codec is not served at all, in words; empty where it is.
[[nodiscard]] std::string_view why_not_served(Codec codec) noexcept;

/// How many bytes precede each NAL unit in the source that sent this record; 0 where the codec has no NAL units.
/// The record must have been accepted by `track_from_config`.
[[nodiscard]] unsigned nal_length_size(Codec codec, base::ByteView config) noexcept;

/// What the access unit is to somebody who joins there; `idr` for every frame of sound.
[[nodiscard]] base::Result<nal::Picture> picture(Codec codec, base::ByteView access_unit);

/// The NAL units that a decoder needs before the first keyframe, as the config record has them; none of codecs without NAL units.
[[nodiscard]] std::vector<base::Bytes> parameter_sets(const Track& track);

/// How many pictures may precede one in decoding and follow it in output; what bounds composition offsets. 0 for audio.
[[nodiscard]] unsigned reorder_depth(const Track& track);

/// How long one frame of an audio track lasts (of AAC 1024 samples of the core's rate, which with SBR is half `sample_rate`); for
/// video one frame at `frame_rate`; 0 where unknown.
[[nodiscard]] Ticks frame_duration(const Track& track);

}  // namespace weir::media

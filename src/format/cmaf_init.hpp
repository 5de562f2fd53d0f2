// Writes the header of a CMAF track, alias init segment (ISO 23000-19 7.3.1): one track, with its samples in chunks
// (cmaf_chunk.hpp). ISO 14496-12 for the boxes, 14496-14 for AAC, 14496-15 for H.264 and HEVC. Pure functions.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/track.hpp"

#include <cstdint>

namespace weir::format::cmaf {

/// Units a second for a track: the sampling rate of audio; for video one in which its frames last a whole number.
[[nodiscard]] std::uint32_t timescale(const media::Track& track) noexcept;

/// `unsupported` for codecs that are not packaged, and for tracks without config.
[[nodiscard]] base::Result<base::Bytes> init_segment(const media::Track& track, std::uint32_t timescale);

}  // namespace weir::format::cmaf

// Writes the header of a CMAF track, alias init segment (ISO 23000-19 7.3.1): one track, with its samples in chunks
// (cmaf_chunk.hpp); and that of a fragmented file of several tracks (fmp4_serializer.hpp). ISO 14496-12 for the boxes. Pure functions.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "format/cmaf_entries.hpp"
#include "media/track.hpp"

#include <cstdint>

namespace weir::format::cmaf {

/// Units a second for a track: the sampling rate of audio; for video one in which its frames last a whole number.
[[nodiscard]] std::uint32_t timescale(const media::Track& track) noexcept;

/// `unsupported` for codecs that are not packaged, and for tracks without config.
[[nodiscard]] base::Result<base::Bytes> init_segment(const media::Track& track, std::uint32_t timescale);

/// `ftyp` and `moov` with every track that can be packaged, each by its own id and `timescale`; nothing where there is none.
void write_movie_header(const media::TrackSet& tracks, base::ByteWriter& out);

}  // namespace weir::format::cmaf

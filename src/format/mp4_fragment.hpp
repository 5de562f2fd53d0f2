// The samples that a `moof` describes (ISO 14496-12 8.8): where each lies, when it is decoded and shown. A pure function on
// bytes; all of them may be hostile.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "format/mp4_tracks.hpp"
#include "media/ticks.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::format::mp4 {

/// One sample, its payload not yet taken out of the `mdat`.
struct SampleSpan {
    std::size_t track = 0;     ///< index into the tracks
    std::uint64_t offset = 0;  ///< in the file
    std::uint32_t size = 0;
    media::Ticks decode;
    media::Ticks presentation;
    media::Ticks duration;
    bool sync = false;
};

/// `moof` is the body of the box, which starts at `position` in the file. `next_decode` is, for each track, the end of what
/// went before, in the track's own units; it is brought up to date. Samples come in decode order over all tracks.
/// `too_large` for more than `most_samples`.
[[nodiscard]] base::Result<std::vector<SampleSpan>> parse_moof(base::ByteView moof, std::uint64_t position,
                                                               std::span<const FileTrack> tracks,
                                                               std::span<std::uint64_t> next_decode,
                                                               std::size_t most_samples);

}  // namespace weir::format::mp4

// The segment index as HLS with MPEG-TS segments, for players that know nothing else: each rung with its sound in one stream. Numbers,
// durations and discontinuities are those of the CMAF renditions. Nothing is stored: a segment is made of its CMAF bytes when it is
// asked for, and is the same whoever makes it: times are those of the stream, and continuity counters begin where those of the
// segment before end. Pure functions of an immutable index, callable from any thread.
//   /app/name/ts.m3u8                       multivariant_playlist
//   /app/name/{rendition}/ts.m3u8           media_playlist
//   /app/name/{rendition}/EPOCH-SEQUENCE.ts find_segment, write
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "package/hls.hpp"
#include "stream/segments.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::package::hls_ts {

inline constexpr std::string_view content_type = "video/mp2t";

[[nodiscard]] std::string multivariant_playlist(const stream::SegmentIndex& index);
[[nodiscard]] std::string media_playlist(const stream::SegmentIndex& index, const stream::SegmentList& list);

/// What a segment is made of.
struct Sources {
    stream::SegmentRef main;
    stream::SegmentRef sound;  ///< beside it; null: none, or nothing at that number
    /// Those of the sound, whether it has something at that number or not: all segments have the same tracks.
    std::optional<media::Track> sound_track;

    [[nodiscard]] std::size_t size() const noexcept { return main->size + (sound != nullptr ? sound->size : 0); }
};
/// Nothing when there is none of that address, or a gap in its place.
[[nodiscard]] std::optional<Sources> find_segment(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                                  const hls::SegmentAddress& address);
/// Takes about three times `sources.size()` while it runs. `malformed` where the CMAF is (it is our own).
[[nodiscard]] base::Result<base::Bytes> write(const Sources& sources);

}  // namespace weir::package::hls_ts

// The segment index as HLS with MPEG-TS segments, for players that know nothing else: each rung with its sound in one stream. Numbers,
// durations and discontinuities are those of the CMAF renditions. Nothing is stored: a segment is made of its CMAF bytes when it is
// asked for, and is the same whoever makes it: times are those of the stream, and continuity counters begin where those of the
// segment before end. Pure functions of an immutable index, callable from any thread.
//   /app/name/ts.m3u8                       multivariant_playlist
//   /app/name/{rendition}/ts.m3u8           media_playlist
//   /app/name/{rendition}/EPOCH-SEQUENCE.ts find_segment, write
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/carriage.hpp"
#include "package/hls.hpp"
#include "stream/segments.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::package::hls_ts {

inline constexpr std::string_view content_type = "video/mp2t";

/// What both forms have a place for: it goes through CMAF.
[[nodiscard]] bool can_carry(const media::Track& track) noexcept;
[[nodiscard]] std::string_view refusal(media::Codec codec) noexcept;
inline constexpr format::Carriage carriage{"HLS of MPEG-TS", &can_carry, &refusal};

/// Renditions that cannot be carried are left out, and so is sound beside a picture; there may be none left.
[[nodiscard]] std::string multivariant_playlist(const stream::SegmentIndex& index);
[[nodiscard]] std::string media_playlist(const stream::SegmentIndex& index, const stream::SegmentList& list);

struct Limits {
    std::size_t ts_segment = 24U << 20;

    void fields(this auto& self, auto&& visit) {
        visit("ts_segment", self.ts_segment,
              base::Limit{.what = "bytes of a segment, sound included, of which an MPEG-TS one is made",
                          .at_limit = "it is a gap in the MPEG-TS playlist",
                          .metric = "weir_segment_bytes"});
    }
};

/// What a segment is made of.
struct Sources {
    stream::SegmentRef main;
    stream::SegmentRef sound;  ///< beside it; null: none, or nothing at that number
    /// Those of the sound, whether it has something at that number or not: all segments have the same tracks.
    std::optional<media::Track> sound_track;

    [[nodiscard]] std::size_t size() const noexcept { return main->size + (sound != nullptr ? sound->size : 0); }
};
/// Nothing when there is none of that address, a gap in its place, or more in it than the limit.
[[nodiscard]] std::optional<Sources> find_segment(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                                  const hls::SegmentAddress& address);
/// The segment, end to end. Takes as much again as it gives while it runs. `malformed` where the CMAF is (it is our own).
[[nodiscard]] base::Result<std::vector<base::Bytes>> write(const Sources& sources);

}  // namespace weir::package::hls_ts

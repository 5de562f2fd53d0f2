// Trick play: each video rendition's keyframes as a playlist of their own (RFC 8216bis 4.4.3.6, 4.4.6.3), for players that show one
// picture after another. A row of it is one keyframe and lasts until the next, or to the end of its segment, whatever comes after: so what
// a complete segment has in it never changes, and is told by the segment alone. Each keyframe is an object of its own, a fragment with
// one sample: a range of bytes of a part would begin with a header that promises the samples which are left out. Nothing is stored.
// Pure functions of an immutable index, callable from any thread.
//   /app/name/{rendition}/iframes.m3u8                    playlist
//   /app/name/{rendition}/EPOCH-SEQUENCE-PART.iframe.mp4  find_frame, write
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "format/m3u8.hpp"
#include "package/hls.hpp"
#include "stream/segments.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::package::iframes {

/// Of a segment: from here on its picture is that of one keyframe, or none.
struct Row {
    media::Ticks start;  ///< stream time
    media::Ticks duration;
    std::optional<std::uint32_t> part;  ///< that has the keyframe; none: a gap
    std::uint32_t size = 0;             ///< bytes of the keyframe
};
/// From end to end of a complete segment, one at least; of each part the first keyframe, none nearer than a millisecond to the one
/// before.
[[nodiscard]] std::vector<Row> rows(const stream::Segment& segment);
/// Where a rendition whose first segment this is begins to count rows: at milliseconds of stream time. As no row is shorter than one,
/// and no stream of the same name begins before the end of another (stream/registry), this is beyond whatever was counted to before.
[[nodiscard]] std::uint64_t first_number(const stream::Segment& segment) noexcept;

/// `suffix` is put behind the addresses in it, as in hls.hpp.
[[nodiscard]] std::string playlist(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                   std::string_view suffix = {});
/// The line of the multivariant playlist; nothing where no keyframe is listed.
[[nodiscard]] std::optional<format::m3u8::IFrameVariant> variant(const stream::SegmentIndex& index,
                                                                 const stream::SegmentList& list,
                                                                 std::string_view suffix = {});

/// "1795341600-1795341607-3.iframe.mp4" less what comes behind the numbers.
[[nodiscard]] std::optional<hls::PartAddress> parse_address(std::string_view numbers);

/// What a keyframe's object is made of.
struct Source {
    stream::SegmentRef segment;
    Row row;
};
/// Nothing when there is none of that address, or not yet a whole segment.
[[nodiscard]] std::optional<Source> find_frame(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                               const hls::PartAddress& address);
/// The object. `malformed` where the CMAF is (it is our own).
[[nodiscard]] base::Result<base::Bytes> write(const Source& source);

}  // namespace weir::package::iframes

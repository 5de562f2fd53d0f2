// A rendition's media playlist as a struct: its segments, the parts at its live edge, and what a low-latency player is told of
// the server, of the part to come and of the other renditions (RFC 8216bis 4.4.3.7 to 4.4.5.4 and B.1).
#pragma once

#include "format/m3u8.hpp"
#include "package/hls.hpp"

namespace weir::package::hls {

[[nodiscard]] format::m3u8::MediaPlaylist describe(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                                   Form form);

/// A picture as a variant at `uri`, or sound where it is all there is. `audio` plays beside it; null: nothing does.
[[nodiscard]] format::m3u8::Variant variant(const stream::SegmentList& list, const stream::SegmentList* audio,
                                            std::string uri);

/// Every segment begins with what can be decoded by itself.
[[nodiscard]] bool is_independent(const stream::SegmentList& list);

/// Where the next part will be: of the open segment, or the first of the one after it where that will most likely be over.
[[nodiscard]] PartAddress next_part(const stream::SegmentIndex& index, const stream::SegmentList& list);

/// Whether that part is not there yet, but the next that may come.
[[nodiscard]] bool is_expected(const stream::SegmentIndex& index, const stream::SegmentList& list,
                               const PartAddress& address);

}  // namespace weir::package::hls

// The segment index as a DASH manifest (ISO/IEC 23009-1), over the very objects that HLS has. A pure function of an immutable
// index, callable from any thread; the same index gives the same text, which so may be kept and cached.
//
// The time line of the presentation is time of day (availabilityStartTime is 1970): so it goes on through a publisher's pause,
// a drifting clock and a restart of the server, and players reckon their latency from it. Each period of the index is a Period,
// named after its first segment's number, at the time of day at which that began. What a rendition has no media for (a GAP of
// HLS) is told by a period of its own in which it is absent: with $Number$ the n-th segment of a timeline has the n-th number, so
// there are no holes in one, and what is listed but answered by 404 makes dash.js give up and Shaka disable the rung. Both go from
// one period into the next without a stop.
//
// Low latency: where there are parts, the segment that is being made is in the timeline as soon as a part of it is published, and
// the endpoint sends it in chunks as it grows (availabilityTimeComplete="false"). Its @duration in place of a timeline would
// need segments of one length, and ours end where the source has its keyframes. So its length is foretold: the longest of its
// rendition that are listed. From a source with regular keyframes that is what it comes to, and nothing that was said changes.
// Where it ends sooner the next one begins inside of what was said, and dash.js and Shaka, which look for the segment at the end of
// the last, find that next one; where it goes on for longer it is listed as it is, and a player that asks at the foretold
// end is given it once more. Foretelling too much is therefore harmless, too little costs one fetch: hence the longest.
//
// The end: MPD@mediaPresentationDuration says where, and the last Period no @duration of its own, since dash.js takes the sum of
// them for the whole where each has one, and ours begin at the time of day. It is just behind the end of the longest rendition, and
// the last segment of each is said to reach to it: dash.js would stop before the end of what there is if it were sooner, and Shaka
// Player waits for whatever it thinks is missing before it. Before that it is told for a while, while the manifest is dynamic,
// that there will be an end: Shaka Player takes a manifest that becomes static without such a word for a presentation that
// begins at zero, and never comes to its end. The end is then some seconds behind the media, where the manifest becomes static
// at the latest: dash.js jumps to an end that is near, out of what it has.
#pragma once

#include "stream/segments.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::package::dash {

inline constexpr std::string_view content_type = "application/dash+xml";
/// Answers with the time, for UTCTiming; absolute, on the same server.
inline constexpr std::string_view clock_address = "/time";

/// How long ago a stream has ended; of no meaning while it lives.
enum class Ended : std::uint8_t {
    just_now,  ///< players that are there learn that there is an end, while the manifest is dynamic
    before,    ///< the manifest is static
};
/// For how long it has just ended: until every player has read the manifest again, through a cache too.
[[nodiscard]] base::Duration parting(const stream::SegmentIndex& index);

/// Dynamic while the stream lives, static once it has ended. `suffix` is put behind the addresses in it ("?token=..."): already
/// encoded for a URI.
[[nodiscard]] std::string manifest(const stream::SegmentIndex& index, Ended ended = Ended::before,
                                   std::string_view suffix = {});

}  // namespace weir::package::dash

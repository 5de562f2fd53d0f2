#include "checker/rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace weir::checker {

namespace {

constexpr std::string_view ours = "Weir";

// In the order of `Rule`.
constexpr std::array<Clause, static_cast<std::size_t>(Rule::count)> clauses{{
    {Rule::well_formed, "well_formed", "4.2",
     "An attribute-list is a comma-separated list of attribute/value pairs with no whitespace."},
    {Rule::first_line, "first_line", "4.4.1.1",
     "It MUST be the first line of every Media Playlist and every Multivariant Playlist."},
    {Rule::version, "version", "8", "A Playlist MUST indicate an EXT-X-VERSION of N or higher if it contains ..."},
    {Rule::tag_once, "tag_once", "4.4.3",
     "There MUST NOT be more than one Media Playlist tag of each type in any Media Playlist."},
    {Rule::kind_of_tag, "kind_of_tag", "4.4.6",
     "Multivariant Playlist tags MUST NOT appear in a Media Playlist (nor the other way round, 4.4.3)."},
    {Rule::live_type, "live_type", "6.2.2", "A Live Playlist MUST NOT contain the EXT-X-PLAYLIST-TYPE tag."},
    {Rule::numbers_first, "numbers_first", "4.4.3.2",
     "It MUST appear before the first Media Segment in the Playlist (4.4.3.3: and before any EXT-X-DISCONTINUITY "
     "tag)."},
    {Rule::numbers_given, "numbers_given", "6.2.2",
     "If Media Segments are to be removed, the Playlist file MUST contain an EXT-X-MEDIA-SEQUENCE tag; from one "
     "containing an EXT-X-DISCONTINUITY tag, an EXT-X-DISCONTINUITY-SEQUENCE tag."},
    {Rule::segment_longest, "segment_longest", "4.4.3.1",
     "The EXTINF duration of each Media Segment, when rounded to the nearest integer, MUST be less than or equal to "
     "the Target Duration."},
    {Rule::part_inf, "part_inf", "4.4.3.7", "It is REQUIRED if a Playlist contains one or more EXT-X-PART tags."},
    {Rule::hold_back, "hold_back", "4.4.3.8", "HOLD-BACK: its value MUST be at least three times the Target Duration."},
    {Rule::part_hold_back, "part_hold_back", "4.4.3.8",
     "PART-HOLD-BACK is REQUIRED if the Playlist contains the EXT-X-PART-INF tag; its value SHOULD be at least three "
     "times the Part Target Duration."},
    {Rule::skip_boundary, "skip_boundary", "4.4.3.8",
     "The Skip Boundary MUST be at least six times the Target Duration."},
    {Rule::part_longest, "part_longest", "4.4.4.9",
     "The duration of a Partial Segment MUST be less than or equal to the Part Target Duration."},
    {Rule::part_shortest, "part_shortest", "4.4.4.9",
     "The duration of each Partial Segment MUST be at least 85% of the Part Target Duration, with the exception of "
     "Partial Segments with the INDEPENDENT=YES or GAP=YES attribute, Partial Segments that are immediately followed "
     "by a Partial Segment with a GAP=YES attribute, and the final Partial Segment of any Parent Segment."},
    {Rule::parts_add_up, "parts_add_up", "3.2",
     "A Parent Segment and its entire set of Partial Segments MUST contain the same set of media samples, with the "
     "same timing."},
    {Rule::parts_at_edge, "parts_at_edge", "6.2.2",
     "EXT-X-PART tags SHOULD be removed from the Playlist after they are greater than three Target Durations from the "
     "end of the Playlist."},
    {Rule::tags_before_parts, "tags_before_parts", "4.4.4.9",
     "EXT-X-DISCONTINUITY, EXT-X-KEY, EXT-X-MAP, or EXT-X-PROGRAM-DATE-TIME MUST appear before the first EXT-X-PART "
     "tag of that Parent Segment."},
    {Rule::gap_parts, "gap_parts", "6.2.1",
     "The absence of media data SHOULD be signaled by Media Segments that MUST have EXT-X-GAP tags; such Partial "
     "Segments MUST have a GAP=YES attribute."},
    {Rule::date_at_break, "date_at_break", "6.2.1",
     "It SHOULD apply an EXT-X-PROGRAM-DATE-TIME tag to every segment that has an EXT-X-DISCONTINUITY tag applied to "
     "it."},
    {Rule::date_ambiguous, "date_ambiguous", "6.2.1",
     "The Server MUST NOT add any EXT-X-PROGRAM-DATE-TIME tag that would cause the mapping between program date and "
     "Media Segment to become ambiguous."},
    {Rule::date_drift, "date_drift", ours,
     "The mapping is slewed by at most 10 ms per segment; a jump in PROGRAM-DATE-TIME is at a discontinuity."},
    {Rule::date_future, "date_future", ours,
     "PROGRAM-DATE-TIME says no time in the future, but while a source gives back the lead with which it began."},
    {Rule::hint_at_end, "hint_at_end", "4.4.5.3",
     "A Playlist containing an EXT-X-ENDLIST tag MUST NOT contain an EXT-X-PRELOAD-HINT tag."},
    {Rule::hint_once, "hint_once", "6.2.6",
     "The Server SHOULD NOT add more than one EXT-X-PRELOAD-HINT tag with the same TYPE to a Playlist."},
    {Rule::reports_given, "reports_given", "B.1",
     "Each Media Playlist MUST contain one EXT-X-RENDITION-REPORT tag for each Media Playlist in the Multivariant "
     "Playlist, except for the one to which it is being added."},
    {Rule::target_changes, "target_changes", "6.2.1",
     "The value of the EXT-X-TARGETDURATION tag in the Media Playlist MUST NOT change."},
    {Rule::header_changes, "header_changes", "6.2.1",
     "The server MUST NOT change the Media Playlist file, except to append, to remove what is old, to count up, and to "
     "end it: EXT-X-PART-INF and EXT-X-SERVER-CONTROL stay."},
    {Rule::sequence_back, "sequence_back", "6.2.2", "The value of EXT-X-MEDIA-SEQUENCE MUST NOT decrease or wrap."},
    {Rule::sequence_skips, "sequence_skips", "6.2.2",
     "Its value MUST be incremented by 1 for every Media Segment that is removed from the Playlist file."},
    {Rule::end_goes_back, "end_goes_back", "6.2.1",
     "The server MUST NOT change the Media Playlist file, except to append lines to it, to remove Media Segment URIs "
     "in the order that they appear, ..."},
    {Rule::segment_changes, "segment_changes", "6.2.1",
     "The server MUST NOT change the Media Playlist file: a segment keeps its number, URI, duration and attributes."},
    {Rule::three_targets, "three_targets", "6.2.2",
     "The server MUST NOT remove a Media Segment from a Playlist file without an EXT-X-ENDLIST tag if that would "
     "produce a Playlist whose duration is less than three times the Target Duration."},
    {Rule::discontinuity_numbers, "discontinuity_numbers", "6.2.2",
     "It MUST increment the value of the EXT-X-DISCONTINUITY-SEQUENCE tag so that the Discontinuity Sequence Numbers "
     "of the segments still in the Media Playlist remain unchanged; it MUST NOT decrease or wrap."},
    {Rule::part_changes, "part_changes", "6.2.1",
     "The server MUST NOT change the Media Playlist file: a Partial Segment keeps its place, URI, duration and "
     "attributes."},
    {Rule::part_vanishes, "part_vanishes", "6.2.2",
     "EXT-X-PART tags MUST be removed in the order that they appear, after they are greater than three Target "
     "Durations from the end of the Playlist."},
    {Rule::hint_kept, "hint_kept", "4.4.5.3",
     "It MUST match the URI that will be subsequently added to the Playlist as a non-hinted resource (6.2.6: unless "
     "the planned segmentation changes)."},
    {Rule::ended, "ended", "4.4.3.4",
     "It indicates that no more Media Segments will be added to the Media Playlist file."},
    {Rule::late_segment, "late_segment", "6.2.1",
     "A new version MUST be made available no later than 1.5 times the Target Duration after the previous time the "
     "Playlist was updated with a Media Segment."},
    {Rule::late_part, "late_part", "6.2.1",
     "The Server MUST add a new Partial Segment to the Playlist within one Part Target Duration after it added the "
     "previous Partial Segment."},
    {Rule::reload, "reload", "6.2.5.2",
     "The Server MUST defer responding to the request until the Playlist contains the Partial Segment with Part Index "
     "N and with a Media Sequence Number of M or later."},
    {Rule::delta_given, "delta_given", "6.2.5.1",
     "When the requested URI contains an _HLS_skip directive whose value is YES or v2, it MUST respond with a Playlist "
     "Delta Update."},
    {Rule::delta_reach, "delta_reach", "6.2.5.1",
     "Media Segments that are further from the end of the last Media Segment in the Playlist than the Skip Boundary "
     "are replaced by an EXT-X-SKIP tag."},
    {Rule::delta_equal, "delta_equal", "6.2.5.1",
     "All tags that were not skipped MUST remain in the Playlist Delta Update."},
    {Rule::target_differs, "target_differs", "6.2.4",
     "Each Media Playlist in each Variant Stream and Rendition MUST have the same Target Duration."},
    {Rule::control_differs, "control_differs", "6.2.4",
     "All Media Playlists in that Multivariant Playlist MUST contain EXT-X-SERVER-CONTROL, with the same attributes "
     "and values."},
    {Rule::discontinuity_differs, "discontinuity_differs", "6.2.4",
     "Matching content in Variant Streams and Renditions MUST have matching Discontinuity Sequence Numbers."},
    {Rule::date_differs, "date_differs", "6.2.4",
     "All Media Playlists MUST contain EXT-X-PROGRAM-DATE-TIME tags with consistent mappings of date and time to media "
     "timestamps."},
    {Rule::boundary_differs, "boundary_differs", ours,
     "All renditions share sequence numbers, and the boundaries between segments."},
    {Rule::pictures_differ, "pictures_differ", "6.2.4",
     "Matching content in Variant Streams and Renditions MUST have matching timestamps."},
    {Rule::report_ahead, "report_ahead", "4.4.5.4",
     "LAST-MSN, LAST-PART: of the last Partial Segment currently in the specified Rendition."},
    {Rule::report_behind, "report_behind", "4.4.5.4",
     "The tag carries information about an associated Rendition that is as up-to-date as the Playlist that contains "
     "it."},
    {Rule::variant, "variant", "4.4.6.2",
     "Every EXT-X-STREAM-INF tag MUST include the BANDWIDTH attribute; the URI line is REQUIRED."},
    {Rule::group, "group", "4.4.6.2",
     "AUDIO: it MUST match the value of the GROUP-ID attribute of an EXT-X-MEDIA tag elsewhere in the Multivariant "
     "Playlist whose TYPE attribute is AUDIO."},
    {Rule::bandwidth, "bandwidth", "4.4.6.2.1",
     "All playable combinations of Renditions associated with an EXT-X-STREAM-INF tag MUST have an aggregate bandwidth "
     "less than or equal to the BANDWIDTH attribute."},
    {Rule::codecs, "codecs", "6.2.4",
     "The CODECS value MUST include every media format present in any Media Segment in any of the Renditions specified "
     "by the Variant Stream."},
    {Rule::independent_segments, "independent_segments", "4.4.2.1",
     "EXT-X-INDEPENDENT-SEGMENTS: all media samples in a Media Segment can be decoded without information from other "
     "segments."},
    {Rule::segment_available, "segment_available", "6.2.1",
     "A Media Segment MUST be available for immediate download when it is added to a Playlist unless it has been "
     "marked with an EXT-X-GAP tag (6.2.2: until it first appeared plus its Availability Duration)."},
    {Rule::part_available, "part_available", "6.2.1",
     "A Partial Segment MUST be similarly available at the time it is added to a Playlist (6.2.2: and for three Target "
     "Durations after its tag is removed)."},
    {Rule::map_readable, "map_readable", "4.4.4.5",
     "EXT-X-MAP: a URI that identifies a resource that contains the Media Initialization Section."},
    {Rule::map_changes, "map_changes", "6.2.1",
     "Any changes in encoding parameters or timing information MUST be signalled by the use of EXT-X-DISCONTINUITY."},
    {Rule::media_readable, "media_readable", "3.1.2",
     "An fMP4 Media Segment is a segment as defined by Section 8.16 of ISO 14496-12; each has a Track Fragment Base "
     "Media Decode Time Box."},
    {Rule::independent, "independent", "4.4.4.9",
     "INDEPENDENT is YES if the Partial Segment contains an independent frame; every one that does SHOULD carry it."},
    {Rule::segment_is_parts, "segment_is_parts", ours, "A segment is its parts end to end."},
    {Rule::time_continuous, "time_continuous", "4.4.4.3",
     "EXT-X-DISCONTINUITY MUST be present if there is a change in timestamp sequence."},
    {Rule::duration_true, "duration_true", "4.4.4.1",
     "Durations SHOULD be decimal-floating-point, with enough accuracy to avoid perceptible error when segment "
     "durations are accumulated."},
}};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < clauses.size(); ++i)
        if (static_cast<std::size_t>(clauses[i].rule) != i) return false;
    return true;
}
static_assert(is_in_order());

}  // namespace

const Clause& clause(Rule rule) noexcept { return clauses.at(static_cast<std::size_t>(rule)); }

std::set<Rule> rules_named(std::string_view names) {
    std::set<Rule> found;
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(','), names.size());
        const auto named = std::ranges::find(clauses, names.substr(0, end), &Clause::name);
        if (named != clauses.end()) found.insert(named->rule);
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return found;
}

std::string print(const Violation& violation) {
    const Clause& broken = clause(violation.rule);
    const bool is_ours = broken.section == ours;
    std::string text = fmt::format(
        "{}: {}\n  {} ({} {}): \"{}\"\n", violation.rendition.empty() ? "multivariant playlist" : violation.rendition,
        violation.what, broken.name, is_ours ? "of" : "RFC 8216bis", broken.section, broken.text);
    if (!violation.before.empty()) text += fmt::format("--- the version before\n{}", violation.before);
    return text + fmt::format("--- this version\n{}", violation.text);
}

}  // namespace weir::checker

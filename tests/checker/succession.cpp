#include "checker/succession.hpp"

#include <algorithm>
#include <span>

namespace weir::checker {

namespace {

using namespace std::chrono_literals;

constexpr Time rounding = 1ms;  ///< of decimal fractions

void check_header(const Playlist& before, const Playlist& now, Server server, Findings& findings) {
    findings.require(now.target == before.target, Rule::target_changes, "from {} to {} s", seconds(before.target),
                     seconds(now.target));
    findings.require(now.sequence >= before.sequence, Rule::sequence_back, "from {} to {}", before.sequence,
                     now.sequence);
    findings.require(now.discontinuity_sequence >= before.discontinuity_sequence || server == Server::restarted,
                     Rule::discontinuity_numbers, "from {} back to {}", before.discontinuity_sequence,
                     now.discontinuity_sequence);
    if (server == Server::restarted) return;
    findings.require(!before.part_target || now.part_target == before.part_target, Rule::header_changes,
                     "EXT-X-PART-INF");
    findings.require(!before.control || !before.part_target || now.control == before.control, Rule::header_changes,
                     "EXT-X-SERVER-CONTROL");
    findings.require(!before.ended || now == before, Rule::ended, "it changed after EXT-X-ENDLIST");
}

/// Where, before the end of `now`, the first `count` parts of the segment end.
Time distance_to_end(const Playlist& now, std::uint64_t sequence, std::span<const Part> parts) {
    Time distance{};
    for (const Segment& segment : now.segments)
        if (segment.sequence >= sequence) distance += segment.length();
    for (const Part& part : parts) distance -= part.duration;
    return distance;
}

/// The parts that were there are there, or as many of the first as are old enough are gone.
void check_parts(const Segment& before, const Segment& now, const Playlist& playlist, Findings& findings) {
    if (before.parts.empty()) return;
    std::span<const Part> old(before.parts);
    const auto first = now.parts.empty() ? old.end() : std::ranges::find(old, now.parts.front().uri, &Part::uri);
    const auto removed = old.first(static_cast<std::size_t>(first - old.begin()));
    old = old.subspan(removed.size());
    if (!removed.empty())
        findings.require(distance_to_end(playlist, before.sequence, removed) + rounding >= playlist.target * 3,
                         Rule::part_vanishes, "{} of the parts of segment {}, {:.3f} s before the end", removed.size(),
                         before.sequence, seconds(distance_to_end(playlist, before.sequence, removed)));
    findings.require(old.size() <= now.parts.size(), Rule::part_vanishes, "the last parts of segment {}",
                     before.sequence);
    const std::size_t both = std::min(old.size(), now.parts.size());
    for (std::size_t i = 0; i < both; ++i)
        findings.require(old[i] == now.parts[i], Rule::part_changes, "part {} of segment {}", removed.size() + i,
                         before.sequence);
    findings.require(!before.is_complete() || old.empty() || old.size() == now.parts.size(), Rule::part_changes,
                     "segment {} was complete and has more parts", before.sequence);
}

void check_segment(const Segment& before, const Segment& now, const Playlist& playlist, Findings& findings) {
    findings.require(
        before.discontinuity_sequence == now.discontinuity_sequence || (!before.is_complete() && before.parts.empty()),
        Rule::discontinuity_numbers, "that of segment {} changed from {} to {}", before.sequence,
        before.discontinuity_sequence, now.discontinuity_sequence);
    check_parts(before, now, playlist, findings);
    if (!before.is_complete() && before.parts.empty()) return;
    const bool is_same = before.discontinuity == now.discontinuity && before.map == now.map && before.date == now.date;
    findings.require(is_same, Rule::segment_changes, "what stands before segment {}", before.sequence);
    if (!before.is_complete()) return;
    findings.require(before.uri == now.uri, Rule::segment_changes, "segment {} was {} and is {}", before.sequence,
                     before.uri, now.uri);
    findings.require(before.duration == now.duration, Rule::segment_changes, "segment {} lasted {} s and lasts {} s",
                     before.sequence, seconds(before.duration), seconds(now.duration));
    findings.require(before.gap == now.gap, Rule::segment_changes, "segment {} is a gap or is none", before.sequence);
}

void check_segments(const Playlist& before, const Playlist& now, Findings& findings) {
    findings.require(now.sequence <= before.next_complete(), Rule::sequence_skips,
                     "segments {} to {} were never listed", before.next_complete(), now.sequence);
    findings.require(now.last() >= before.last(), Rule::end_goes_back, "the last part of segment {} is no longer there",
                     before.last().value_or(Position()).sequence);
    findings.require(now.next_complete() >= before.next_complete(), Rule::end_goes_back,
                     "segment {} is no longer complete", before.next_complete() - 1);
    for (const Segment& segment : before.segments)
        if (const Segment* same = now.find(segment.sequence)) check_segment(segment, *same, now, findings);
    const bool removes = now.sequence > before.sequence;
    findings.require(!removes || now.ended || now.duration() >= now.target * 3, Rule::three_targets, "{} s are left",
                     seconds(now.duration()));
}

/// What appeared first behind the end of `before`; null: nothing.
const Part* next_part(const Playlist& before, const Playlist& now) {
    const auto last = before.last();
    for (const Segment& segment : now.segments) {
        if (last && segment.sequence < last->sequence) continue;
        const bool goes_on = last && last->part && segment.sequence == last->sequence;
        const std::size_t known = goes_on                                      ? *last->part + 1
                                  : last && segment.sequence == last->sequence ? segment.parts.size()
                                                                               : 0;
        if (segment.parts.size() > known) return &segment.parts[known];
    }
    return nullptr;
}

void check_hint(const Playlist& before, const Playlist& now, Findings& findings) {
    const auto hint = std::ranges::find(before.hints, "PART", &Hint::type);
    if (hint == before.hints.end() || !before.last()) return;
    const Part* next = next_part(before, now);
    if (next == nullptr || next->gap || next->uri == hint->uri) return;
    // A break is no plan.
    const auto breaks = [&](const Segment& one) { return one.sequence > before.last()->sequence && one.discontinuity; };
    findings.require(std::ranges::any_of(now.segments, breaks), Rule::hint_kept, "{} was hinted, {} came", hint->uri,
                     next->uri);
}

}  // namespace

std::optional<Playlist> merge(const Playlist& before, Playlist delta) {
    if (!delta.skipped) return delta;
    std::vector<Segment> segments;
    for (std::uint64_t number = delta.sequence; number < delta.sequence + *delta.skipped; ++number) {
        const Segment* known = before.find(number);
        if (known == nullptr || !known->is_complete()) return std::nullopt;
        segments.push_back(*known);
        // Parts are within three target durations of the end, what is skipped is not within six.
        segments.back().parts.clear();
    }
    const std::uint64_t breaks = static_cast<std::uint64_t>(std::ranges::count_if(segments, &Segment::discontinuity));
    for (Segment& segment : delta.segments) {
        segment.discontinuity_sequence += breaks;
        if (segment.map.empty() && !segments.empty()) segment.map = segments.back().map;
        segments.push_back(std::move(segment));
    }
    delta.segments = std::move(segments);
    delta.skipped.reset();
    return delta;
}

void check_delta(const Playlist& delta, const Playlist& whole, Findings& findings) {
    const Time boundary = whole.control.value_or(Control()).can_skip_until.value_or(Time::max());
    Time to_end = whole.duration();  // from the end of the last parent segment
    std::uint64_t may_skip = 0;
    bool must_skip = false;
    for (const Segment& segment : whole.segments) {
        if (!segment.is_complete()) continue;
        to_end -= segment.length();
        may_skip += to_end >= boundary ? 1 : 0;
        must_skip |= to_end > boundary + rounding;
    }
    const std::uint64_t skipped = delta.skipped.value_or(0);
    findings.require(!must_skip || delta.skipped || whole.ended, Rule::delta_given,
                     "{} segments may be skipped, and none is", may_skip);
    findings.require(skipped <= may_skip, Rule::delta_reach, "{} segments are skipped, {} may be", skipped, may_skip);
    findings.require(!delta.ended || !delta.skipped, Rule::delta_given, "a delta update of what is over");
}

void check_succession(const Playlist& before, const Playlist& now, Server server, Findings& findings) {
    check_header(before, now, server, findings);
    if (server == Server::restarted) {
        findings.require(now.sequence >= before.next_complete(), Rule::sequence_back,
                         "after {} the restarted server begins with {}", before.next_complete(), now.sequence);
        return;
    }
    check_segments(before, now, findings);
    check_hint(before, now, findings);
}

}  // namespace weir::checker

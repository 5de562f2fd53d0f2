// The rules that one version of a media playlist can break by itself.
#include "checker/playlist.hpp"

#include <algorithm>

namespace weir::checker {

namespace {

using namespace std::chrono_literals;

constexpr Time rounding = 1ms;         ///< of decimal fractions
constexpr base::Duration slew = 10ms;  ///< of the clock, a segment

/// `required <= value`, as far as it is given.
void check_least(const std::optional<Time>& value, Time required, Rule rule, Findings& findings) {
    if (value)
        findings.require(*value + rounding >= required, rule, "{} s, and {} s are needed", seconds(*value),
                         seconds(required));
}

void check_header(const Playlist& playlist, Findings& findings) {
    const bool has_parts =
        std::ranges::any_of(playlist.segments, [](const Segment& one) { return !one.parts.empty(); });
    findings.require(!has_parts || playlist.part_target, Rule::part_inf, "parts without EXT-X-PART-INF");
    const Control control = playlist.control.value_or(Control());
    check_least(control.hold_back, playlist.target * 3, Rule::hold_back, findings);
    check_least(control.can_skip_until, playlist.target * 6, Rule::skip_boundary, findings);
    if (!playlist.part_target) return;
    findings.require(control.part_hold_back.has_value(), Rule::part_hold_back, "there is no PART-HOLD-BACK");
    check_least(control.part_hold_back, *playlist.part_target * 3, Rule::part_hold_back, findings);
}

void check_hints(const Playlist& playlist, Findings& findings) {
    findings.require(!playlist.ended || playlist.hints.empty(), Rule::hint_at_end, "a hint beside EXT-X-ENDLIST");
    for (const char* type : {"PART", "MAP"})
        findings.require(std::ranges::count(playlist.hints, type, &Hint::type) <= 1, Rule::hint_once,
                         "hints of type {}", type);
}

void check_parts(const Segment& segment, Time target, Findings& findings) {
    const auto& parts = segment.parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Part& part = parts[i];
        findings.require(part.duration <= target, Rule::part_longest, "{} lasts {} s", part.uri,
                         seconds(part.duration));
        // Of an open segment the last one may be the final one.
        const bool is_final = i + 1 == parts.size();
        const bool is_exempt = is_final || part.independent || part.gap || parts[i + 1].gap;
        findings.require(is_exempt || part.duration * 100 + rounding >= target * 85, Rule::part_shortest,
                         "{} lasts {} s, which is {:.1f} % of {} s", part.uri, seconds(part.duration),
                         100 * seconds(part.duration) / seconds(target), seconds(target));
        findings.require(!is_final || !segment.is_complete() || segment.gap || !part.gap, Rule::gap_parts,
                         "{} is a gap part of a segment that is none", part.uri);
    }
    if (!segment.is_complete() || parts.empty()) return;
    Time sum{};
    for (const Part& part : parts) sum += part.duration;
    findings.require(std::chrono::abs(sum - segment.duration) <= rounding, Rule::parts_add_up,
                     "the parts of segment {} last {} s, it lasts {} s", segment.sequence, seconds(sum),
                     seconds(segment.duration));
    const bool has_gap = std::ranges::any_of(parts, &Part::gap);
    findings.require(segment.gap || !has_gap, Rule::gap_parts, "segment {} has gap parts and is no gap",
                     segment.sequence);
}

void check_segments(const Playlist& playlist, Findings& findings) {
    Time to_end = playlist.length();
    for (const Segment& segment : playlist.segments) {
        to_end -= segment.length();
        if (segment.is_complete())
            findings.require(segment.duration + 500ms < playlist.target + 1s, Rule::segment_longest,
                             "segment {} lasts {} s", segment.sequence, seconds(segment.duration));
        findings.require(!segment.discontinuity || segment.date || (!segment.is_complete() && segment.parts.empty()),
                         Rule::date_at_break, "segment {} has no date", segment.sequence);
        findings.require(segment.parts.empty() || to_end <= playlist.target * 3 + rounding, Rule::parts_at_edge,
                         "segment {} ends {} s before the end, and has parts", segment.sequence, seconds(to_end));
        check_parts(segment, playlist.part_target.value_or(Time::max() / 100), findings);
    }
}

/// For so long not much is known of how late packets are: a date that is in the future is mended by more than the slew.
constexpr Time settling = 30s;
constexpr base::Duration most_lead = 3s;  ///< with which a source may begin

/// A date must be that of the segment before and its length, but for the slew; at a discontinuity it may be later, and in the first
/// moments of a source earlier, since it is not to stay in the future. Where a list begins nobody knows how long its source has been there:
/// what is in its first moments was judged when it was new.
void check_dates(const Playlist& playlist, base::WallTime had, Findings& findings) {
    const Segment* before = nullptr;
    Time since{};               // the source began
    bool is_beginning = false;  // in this list
    for (const Segment& segment : playlist.segments) {
        if (before != nullptr && before->date && segment.date) {
            const base::Duration off = *segment.date - (*before->date + before->length());
            const bool is_later = *segment.date > *before->date || before->length() == Time{};
            findings.require(off >= -1s && is_later, Rule::date_ambiguous,
                             "segment {} is dated {:.3f} s before the end of the one before", segment.sequence,
                             -std::chrono::duration<double>(off).count());
            // Dates are whole milliseconds.
            const bool has_jumped = segment.discontinuity && off > base::Duration();
            const bool is_mended = since < settling && off < base::Duration();
            findings.require(has_jumped || is_mended || std::chrono::abs(off) <= slew + 2ms, Rule::date_drift,
                             "segment {} is dated {:.3f} s off what the one before says", segment.sequence,
                             std::chrono::duration<double>(off).count());
        }
        if (segment.begins_source()) {
            since = {};
            is_beginning = true;
        }
        if (segment.date) {
            const base::Duration ahead = *segment.date - had;
            const bool may_lead = is_beginning && since < settling;
            findings.require(ahead <= (may_lead ? most_lead : base::Duration()), Rule::date_future,
                             "segment {} is dated {:.3f} s ahead", segment.sequence,
                             std::chrono::duration<double>(ahead).count());
        }
        since += segment.length();
        before = &segment;
    }
}

}  // namespace

void check_alone(const Playlist& playlist, base::WallTime had, Findings& findings) {
    check_header(playlist, findings);
    check_hints(playlist, findings);
    check_segments(playlist, findings);
    check_dates(playlist, had, findings);
}

}  // namespace weir::checker

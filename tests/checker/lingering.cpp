#include "checker/lingering.hpp"

#include <algorithm>

namespace weir::checker {

namespace {

using namespace std::chrono_literals;

constexpr base::Duration shortly = 1s;

}  // namespace

void Lingering::look(const Playlist& before, const Playlist& now, base::WallTime since) {
    const Time length = now.duration();
    // Since when the first version's had been listed nobody knows.
    for (const Segment& segment : now.segments)
        if (segment.is_complete() && segment.sequence >= before.next_complete())
            listed_[segment.sequence].since = since;
    for (auto& [sequence, listed] : listed_)
        if (sequence >= now.sequence) listed.longest = std::max(listed.longest, length);
    for (const Segment& segment : before.segments) note_removed(segment, now.find(segment.sequence), now, since);
    listed_.erase(listed_.begin(), listed_.lower_bound(now.sequence));
}

void Lingering::note_removed(const Segment& segment, const Segment* still, const Playlist& now, base::WallTime since) {
    if (still == nullptr && segment.is_complete() && !segment.gap)
        if (const auto listed = listed_.find(segment.sequence); listed != listed_.end())
            owed_.push_back({.uri = segment.uri,
                             .until = listed->second.since + segment.duration + listed->second.longest,
                             .rule = Rule::segment_available});
    if (segment.parts.empty() || (still != nullptr && !still->parts.empty())) return;
    for (const Part& part : segment.parts)
        if (!part.gap)
            owed_.push_back({.uri = part.uri, .until = since + now.target * 3, .rule = Rule::part_available});
}

void Lingering::ask(base::WallTime at, const Fetch& fetch, Findings& findings) {
    std::erase_if(owed_, [&](const Owed& owed) {
        if (at < owed.until - shortly) return false;
        if (at < owed.until)
            findings.require(fetch(resolve(address_, owed.uri)).has_value(), owed.rule, "{} is gone {:.1f} s too early",
                             owed.uri, std::chrono::duration<double>(owed.until - at).count());
        return true;
    });
}

void Lingering::restart() {
    listed_.clear();
    owed_.clear();
}

}  // namespace weir::checker

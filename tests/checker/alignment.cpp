#include "checker/alignment.hpp"

#include <algorithm>
#include <cmath>

namespace weir::checker {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t remembered = 400;  ///< numbers
constexpr double same_picture = 0.0001;  ///< seconds: the units of two timescales
constexpr double same_date = 0.002;      ///< dates are whole milliseconds
constexpr double ragged = 0.5;           ///< sound and picture of a source do not begin together
constexpr std::size_t measured_segments = 20;

/// Whether sound begins with the picture: with the first frame from where that does. Where sound is missing up to there, its frame is
/// put where the sound before it ended, and lasts until the next one is due; behind a gap the segment begins with it. What a source
/// sends first of its sound may come later than its picture.
bool is_in_step(const Fact& sound, const Fact& picture) {
    const double apart = sound.shown - picture.shown;
    if (sound.before == Before::nothing && apart > 0) return true;
    if (sound.begins_source || sound.before == Before::gap) return std::abs(apart) <= ragged;
    const auto [first, last] = std::minmax(picture.shown, picture.decoded);
    const bool is_early = sound.shown + sound.put_off < first - same_date || apart < -ragged;
    return !is_early && sound.shown <= last + sound.frame + same_date;
}

double unix_seconds(base::WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace

void Alignment::look(const Playlist& playlist, Findings& findings) {
    if (!target_) target_ = playlist.target;
    findings.require(playlist.target == *target_, Rule::target_differs, "{} s, and {} s elsewhere",
                     seconds(playlist.target), seconds(*target_));
    if (playlist.control && playlist.part_target) {
        if (!control_) control_ = playlist.control;
        findings.require(playlist.control == control_, Rule::control_differs, "another playlist has other values");
    }
    for (const Segment& segment : playlist.segments) {
        if (!segment.is_complete() && segment.parts.empty()) continue;
        auto& known = at(segment.sequence).discontinuity;
        if (!known) known = segment.discontinuity_sequence;
        findings.require(*known == segment.discontinuity_sequence, Rule::discontinuity_differs,
                         "segment {} has {}, and {} elsewhere", segment.sequence, segment.discontinuity_sequence,
                         *known);
    }
}

void Alignment::look(const Fact& fact, bool is_video, Findings& findings) {
    Shared& shared = at(fact.sequence);
    const bool may_be_late = !is_video && fact.before == Before::nothing;
    if (fact.date && !may_be_late) {
        if (!shared.date) shared.date = fact.date;
        const auto apart = std::chrono::abs(*fact.date - *shared.date);
        findings.require(apart <= 500ms, Rule::boundary_differs, "segment {} is dated {:.3f} s apart", fact.sequence,
                         std::chrono::duration<double>(apart).count());
    }
    if (fact.gap) return;
    look_at_start(shared, fact, is_video, findings);
    if (!fact.date) return;
    const double zero = unix_seconds(*fact.date) - fact.shown;
    if (!shared.zero) shared.zero = zero;
    findings.require(std::abs(zero - *shared.zero) <= same_date, Rule::date_differs,
                     "segment {} maps dates {:.4f} s apart", fact.sequence, zero - *shared.zero);
}

/// Pictures begin together, and sound with them. The first picture behind a pause is shown later.
void Alignment::look_at_start(Shared& shared, const Fact& fact, bool is_video, Findings& findings) {
    if (!shared.picture && is_video) shared.picture = fact;
    if (!shared.picture) return;
    if (is_video)
        return findings.require(std::abs(fact.shown - shared.picture->shown) <= same_picture, Rule::pictures_differ,
                                "segment {} begins {:.4f} s apart", fact.sequence, fact.shown - shared.picture->shown);
    findings.require(is_in_step(fact, *shared.picture), Rule::boundary_differs,
                     "the sound of segment {} begins {:.4f} s apart", fact.sequence,
                     fact.shown - shared.picture->shown);
}

void Alignment::restart() {
    control_.reset();
    shared_.clear();
}

Alignment::Shared& Alignment::at(std::uint64_t sequence) {
    Shared& shared = shared_[sequence];
    while (shared_.size() > remembered) shared_.erase(shared_.begin());
    return shared;
}

void PeakRate::add(const Fact& fact) {
    last_ = fact.sequence;
    if (fact.gap) return recent_.clear();
    recent_.push_back(fact);
    if (recent_.size() > measured_segments) recent_.pop_front();
}

std::uint64_t PeakRate::bits_per_second(Time target, std::uint64_t oldest, std::uint64_t last) const {
    double peak = 0;
    for (auto first = recent_.begin(); first != recent_.end(); ++first) {
        if (first->sequence < oldest) continue;
        Time length{};
        std::size_t size = 0;
        for (auto one = first; one != recent_.end(); ++one) {
            length += one->length;
            size += one->size;
            if (length * 2 > target * 3 || one->sequence > last) break;
            if (length * 2 >= target) peak = std::max(peak, static_cast<double>(size) * 8 / seconds(length));
        }
    }
    return static_cast<std::uint64_t>(peak);
}

}  // namespace weir::checker

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
    if (fact.date) {
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

/// Pictures begin together; sound with the first frame from where they do. The first picture behind a pause is shown later.
void Alignment::look_at_start(Shared& shared, const Fact& fact, bool is_video, Findings& findings) {
    if (!shared.picture && is_video) shared.picture = fact;
    if (!shared.picture) return;
    if (is_video)
        return findings.require(std::abs(fact.shown - shared.picture->shown) <= same_picture, Rule::pictures_differ,
                                "segment {} begins {:.4f} s apart", fact.sequence, fact.shown - shared.picture->shown);
    const auto [first, last] = std::minmax(shared.picture->shown, shared.picture->decoded);
    const double apart = fact.shown - shared.picture->shown;
    const bool is_next = fact.shown >= first - same_date && fact.shown <= last + fact.frame + same_date;
    findings.require(is_next || (fact.begins_source && std::abs(apart) <= ragged), Rule::boundary_differs,
                     "the sound of segment {} begins {:.4f} s apart", fact.sequence, apart);
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

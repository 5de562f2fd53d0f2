#include "format/rtp_clock.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::rtp {

using media::Ticks;

namespace {

/// Where the session's clock begins, so that what is a little earlier is not before its zero.
constexpr Ticks origin = Ticks::milliseconds(10'000);

constexpr Ticks magnitude(Ticks value) noexcept { return value < Ticks() ? -value : value; }

}  // namespace

void SessionClock::add(std::uint32_t clock, bool leads) {
    if (leads && !leader_) leader_ = lines_.size();
    lines_.push_back({.clock = clock});
}

void SessionClock::begin_at(std::size_t medium, std::uint32_t timestamp) noexcept {
    lines_[medium].begins_at = timestamp;
}

void SessionClock::begin(std::size_t medium, std::uint32_t timestamp, base::Instant now) noexcept {
    Line& line = lines_[medium];
    if (!began_) began_ = now;
    if (!leader_) leader_ = medium;
    line.stamps = {};
    line.newest.reset();
    line.report.reset();
    place(line, timestamp, now);
    line.begun = true;
    if (const auto early = std::exchange(line.early, std::nullopt)) report(medium, early->first, early->second);
}

/// By what is known before the reports: the moment that the session began, or now.
void SessionClock::place(Line& line, std::uint32_t timestamp, base::Instant now) noexcept {
    const Ticks arrived = origin + Ticks::from(now - *began_);
    const Ticks first = stamp(line, timestamp);
    line.offset = arrived - first;
    if (const auto begins_at = std::exchange(line.begins_at, std::nullopt)) {
        const Ticks own = Ticks::from(line.stamps.peek(*begins_at), line.clock);
        if (!begin_) begin_ = own + line.offset;
        if (magnitude(*begin_ - own - line.offset) <= most_disagreement) line.offset = *begin_ - own;
    }
    line.target = line.offset;
}

void SessionClock::report(std::size_t medium, rtcp::NtpTime time, std::uint32_t timestamp) noexcept {
    Line& line = lines_[medium];
    if (time.value == 0) return;  // the source has no clock
    if (!line.begun) {
        line.early = {time, timestamp};
        return;
    }
    line.report = Report{time, Ticks::from(line.stamps.peek(timestamp), line.clock)};
    if (medium != leader_) return settle(line);
    if (!line.newest) begin_beside_the_others(line);
    for (Line& other : lines_)
        if (&other != &line) settle(other);
}

/// Where the frames of others have gone out already, and reports say how far they are.
void SessionClock::begin_beside_the_others(Line& leader) noexcept {
    for (const Line& other : lines_) {
        if (&other == &leader || !other.newest || !other.report) continue;
        const Ticks wanted = wanted_beside(other, leader);
        if (magnitude(wanted - leader.offset) > most_disagreement) continue;
        leader.offset = leader.target = wanted;
        return;
    }
}

/// The offset of a medium that is in step with another, by the newest reports of both.
Ticks SessionClock::wanted_beside(const Line& other, const Line& line) noexcept {
    const Ticks passed = rtcp::between(other.report->time, line.report->time);
    return other.report->stamp + other.target + passed - line.report->stamp;
}

/// Finds where the newest reports want the medium.
void SessionClock::settle(Line& line) noexcept {
    const Line& leader = lines_[*leader_];
    if (!line.report || !leader.report) return;
    const Ticks wanted = wanted_beside(leader, line);
    line.disagrees = magnitude(wanted - line.offset) > most_disagreement;
    if (line.disagrees) return;
    if (!line.newest) line.offset = line.target = wanted;
    else if (magnitude(wanted - line.target) > agreement) line.target = wanted;
}

Ticks SessionClock::stamp(Line& line, std::uint32_t timestamp) noexcept {
    return Ticks::from(line.stamps.read(timestamp), line.clock);
}

Ticks SessionClock::time(std::size_t medium, std::uint32_t timestamp) noexcept {
    Line& line = lines_[medium];
    const Ticks own = stamp(line, timestamp);
    if (line.newest && own > *line.newest) move(line, own - *line.newest);
    line.newest = std::max(own, line.newest.value_or(own));
    return own + line.offset;
}

void SessionClock::move(Line& line, Ticks passed) noexcept {
    const Ticks step = passed / slowness;
    line.offset += std::clamp(line.target - line.offset, -step, step);
}

}  // namespace weir::format::rtp

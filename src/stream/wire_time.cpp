#include "stream/wire_time.hpp"

#include <algorithm>
#include <cassert>

namespace weir::stream {

namespace {

using media::Ticks;

// What is further from its anchor than a lifetime is a jump; nearer, ticks cannot overflow.
constexpr std::int64_t lifetime_seconds = 3'000'000'000;
constexpr Ticks out_of_reach{INT64_MIN / 4};

constexpr Ticks magnitude(Ticks value) noexcept { return value < Ticks() ? -value : value; }

/// The shortest way from `from` to `to` on a clock that wraps at 2^bits.
std::int64_t distance(std::uint64_t from, std::uint64_t to, unsigned bits) noexcept {
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    const std::uint64_t ahead = (to - from) & mask;
    return ahead <= mask / 2 ? static_cast<std::int64_t>(ahead) : -static_cast<std::int64_t>(mask - ahead + 1);
}

}  // namespace

WireTime::Reading WireTime::read(std::uint32_t track, WireClock clock, std::uint64_t wire_time, Ticks frame) {
    assert(clock.timescale > 0 && clock.bits <= 48);
    Line& line = line_of(track, clock);
    line.units = unwrap(line, wire_time);
    const bool wrapped = starts_turn(line);
    Reading reading = line.started ? go_on(line) : begin(line);
    reading.wrapped = wrapped;
    const Ticks step = reading.time - line.last;
    if (frame > Ticks()) line.frame = std::min(frame, disorder);
    else if (line.started && !reading.moved && step > Ticks() && step < WireTime::disorder) line.frame = step;
    line.last = reading.time;
    line.started = true;
    front_ = std::max(front_, line.last + line.frame);
    return reading;
}

// Follows on from the track's own newest sample, or from that of a track with the same clock.
std::int64_t WireTime::unwrap(const Line& line, std::uint64_t wire_time) const noexcept {
    const Line* known = line.started ? &line : nullptr;
    for (const Line& other : lines_)
        if (known == nullptr && other.started && other.clock == line.clock) known = &other;
    if (known == nullptr) return static_cast<std::int64_t>(wire_time & ((std::uint64_t{1} << line.clock.bits) - 1));
    return known->units + distance(static_cast<std::uint64_t>(known->units), wire_time, line.clock.bits);
}

Ticks WireTime::time_at(const Anchor& anchor, std::int64_t units) noexcept {
    const std::int64_t from_anchor = units - anchor.units;
    if (from_anchor / anchor.clock.timescale > lifetime_seconds) return -out_of_reach;
    if (from_anchor / anchor.clock.timescale < -lifetime_seconds) return out_of_reach;
    return anchor.time + Ticks::from(from_anchor, anchor.clock.timescale);
}

WireTime::Reading WireTime::begin(Line& line) {
    if (newest_.id == 0) {
        anchor_anew(line, origin);
        return {.time = origin, .jump = {}};
    }
    if (newest_.clock == line.clock) {
        const Ticks time = time_at(newest_, line.units);
        if (time >= Ticks() && magnitude(time - front_) <= longest_gap) {
            line.anchor = newest_;
            return {.time = time, .jump = {}};
        }
        anchor_anew(line, front_);
        return {.time = front_,
                .fault = time > front_ ? Fault::gap : Fault::backward,
                .moved = true,
                .jump = time - front_};
    }
    // A clock of its own says nothing of the others': it starts when it comes.
    anchor_anew(line, front_);
    return {.time = front_, .jump = {}};
}

WireTime::Reading WireTime::go_on(Line& line) {
    const Ticks expected = line.last + line.frame;
    const bool followed = follow(line, expected);
    const Ticks time = time_at(line.anchor, line.units);
    const Ticks front = std::max(front_, expected);
    const bool is_back = time < line.last - disorder || time < Ticks();
    if (!is_back && time <= front + longest_gap) return {.time = time, .moved = followed, .jump = {}};
    const Ticks jump = time - expected;
    anchor_anew(line, front);
    return {.time = front, .fault = is_back ? Fault::backward : Fault::gap, .moved = true, .jump = jump};
}

// Takes over the newest anchor when that leaves less of a jump than the track's own. A track that goes on for a while as if
// nothing had happened is left alone.
bool WireTime::follow(Line& line, Ticks expected) {
    if (line.anchor.id == newest_.id || line.passed_over == newest_.id || newest_.clock != line.clock) return false;
    const Ticks own = time_at(line.anchor, line.units);
    const Ticks other = time_at(newest_, line.units);
    if (magnitude(other - expected) < magnitude(own - expected)) {
        line.anchor = newest_;
        return true;
    }
    if (own > newest_.time + longest_gap) line.passed_over = newest_.id;
    return false;
}

void WireTime::anchor_anew(Line& line, Ticks time) {
    newest_ = {.id = newest_.id + 1, .clock = line.clock, .units = line.units, .time = time};
    line.anchor = newest_;
}

bool WireTime::starts_turn(const Line& line) noexcept {
    const std::int64_t turn = line.units >> line.clock.bits;
    if (turn <= turns_) return false;
    turns_ = turn;
    return true;
}

WireTime::Line& WireTime::line_of(std::uint32_t track, WireClock clock) {
    const auto known = std::ranges::find(lines_, track, &Line::track);
    Line& line = known != lines_.end() ? *known : lines_.emplace_back();
    if (line.clock != clock) line.started = false;
    line.track = track;
    line.clock = clock;
    return line;
}

}  // namespace weir::stream

#include "stream/frame_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace weir::stream {

namespace {

using media::Ticks;

constexpr Ticks period_of(std::int64_t frames, std::int64_t seconds) { return Ticks::from(seconds, frames); }

// The rates in use, slowest first: a slower one that fits is the truth about a faster one that fits too.
constexpr std::array rates{period_of(10, 1), period_of(12, 1),       period_of(25, 2),        period_of(15000, 1001),
                           period_of(15, 1), period_of(20, 1),       period_of(24000, 1001),  period_of(24, 1),
                           period_of(25, 1), period_of(30000, 1001), period_of(30, 1),        period_of(48, 1),
                           period_of(50, 1), period_of(60000, 1001), period_of(60, 1),        period_of(72, 1),
                           period_of(90, 1), period_of(100, 1),      period_of(120000, 1001), period_of(120, 1)};

constexpr std::size_t fewest = 10;  ///< pictures that a rate is believed from
constexpr std::size_t most = 96;    ///< enough to tell 30 from 30000/1001
constexpr std::size_t pause =
    5;  ///< pictures between two searches in vain: each costs as much as the rest of a packet's way
// Rounding to whole milliseconds spreads pictures over less than one; a picture this far off its place is not on the grid.
constexpr Ticks spread_of_rounding = Ticks::milliseconds(11) / 10;
constexpr Ticks off_grid = Ticks::milliseconds(1);
constexpr Ticks off_grid_twice = Ticks::milliseconds(3) / 2;

std::int64_t nearest_multiple(Ticks value, Ticks period) noexcept {
    const std::int64_t half = period.count() / 2;
    return (value.count() + (value.count() < 0 ? -half : half)) / period.count();
}

}  // namespace

FrameGrid::FrameGrid(double announced) {
    if (announced >= 1 && announced <= 1000) announced_ = Ticks(std::llround(Ticks::per_second / announced));
    for (const Ticks known : rates)
        if (std::abs((known - announced_).count()) < known.count() / 10'000) announced_ = known;
}

Ticks FrameGrid::place(Ticks wire, bool moved) {
    if (moved || (!wires_.empty() && wire <= wires_.back())) {
        wires_.clear();
        period_ = Ticks();
        search_in_ = 0;
    }
    remember(wire);
    std::optional<Ticks> dts = on_grid(wire);
    if (!dts) {
        find_rate();
        dts = is_constant() ? at_ : wire;
    }
    at_ = *dts;
    if (last_ && *dts <= *last_) dts = *last_ + Ticks(1);
    last_ = dts;
    return *dts;
}

Ticks FrameGrid::frame() const noexcept {
    if (is_constant()) return period_;
    if (step_ <= Ticks()) return announced_;
    return before_ > Ticks() ? std::min(step_, before_) : step_;
}

Ticks FrameGrid::place_offset(Ticks composition_offset) const noexcept {
    if (!is_constant()) return composition_offset;
    const Ticks whole = period_ * nearest_multiple(composition_offset, period_);
    const Ticks off = composition_offset - whole;
    return -off_grid_twice <= off && off <= off_grid_twice ? whole : composition_offset;
}

std::optional<Ticks> FrameGrid::on_grid(Ticks wire) const noexcept {
    if (!is_constant()) return std::nullopt;
    const std::int64_t frames = nearest_multiple(wire - at_, period_);
    const Ticks place = at_ + period_ * frames;
    const Ticks off = wire - place;
    if (frames < 1 || off < -off_grid || off > off_grid) return std::nullopt;
    return place;
}

void FrameGrid::remember(Ticks wire) {
    if (!wires_.empty()) before_ = std::exchange(step_, wire - wires_.back());
    wires_.push_back(wire);
    if (wires_.size() > most) wires_.pop_front();
}

void FrameGrid::find_rate() {
    period_ = Ticks();
    if (wires_.size() < fewest || (search_in_ > 0 && --search_in_ > 0)) return;
    std::optional<Fit> best;
    const auto consider = [&](Ticks period) {
        const std::optional<Fit> found = fit(period);
        if (!found || (best && best->spread <= found->spread)) return;
        best = found;
        period_ = period;
    };
    if (announced_ > Ticks()) consider(announced_);
    if (!best)
        for (const Ticks period : rates) consider(period);
    if (best) at_ = best->newest;
    else search_in_ = pause;
}

// Whether the pictures lie on a grid of that period, most of them a single frame apart.
std::optional<FrameGrid::Fit> FrameGrid::fit(Ticks period) const noexcept {
    Ticks place = wires_.front();
    Ticks earliest;
    Ticks latest;
    const std::size_t most_skips = (wires_.size() - 1) / 4;
    std::size_t skips = 0;
    for (std::size_t i = 1; i < wires_.size(); ++i) {
        const std::int64_t frames = nearest_multiple(wires_[i] - wires_[i - 1], period);
        skips += frames != 1;
        if (frames < 1 || skips > most_skips) return std::nullopt;
        place += period * frames;
        earliest = std::min(earliest, wires_[i] - place);
        latest = std::max(latest, wires_[i] - place);
        if (latest - earliest > spread_of_rounding) return std::nullopt;
    }
    return Fit{.spread = latest - earliest, .newest = place + (earliest + latest) / 2};
}

}  // namespace weir::stream

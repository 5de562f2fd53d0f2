#include "transcode/overload.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::transcode {

namespace {

using format::relay::Report;
using format::relay::RungReport;
using format::relay::RungSetup;

// A change makes itself felt for this long: queues drain, encoders fill their look-ahead.
constexpr base::Duration settling = std::chrono::seconds(3);
// Reports that follow a change come sooner than once a second; they do not count double.
constexpr base::Duration least_apart = std::chrono::milliseconds(500);
constexpr base::Duration first_shed = std::chrono::seconds(10);
constexpr std::uint32_t calm_reports = 5;
// Fewer than one frame in so many may be lost: less than losing a rung is to those who watch it.
constexpr std::uint64_t tolerable_share = 20;
// With every rung made for so long, what was before is forgotten.
constexpr base::Duration forgiven = std::chrono::minutes(1);
// A machine on which the slowest rung could do no more than this has no room for another.
constexpr std::uint32_t spare_speed = 1200;

std::uint64_t dropped(const Report& report) noexcept {
    std::uint64_t sum = report.dropped;
    for (const RungReport& rung : report.rungs) sum += rung.dropped;
    return sum;
}

}  // namespace

Overload::Overload(const std::vector<RungSetup>& rungs, const Limits& limits)
    : lag_(limits.lag), lagging_reports_(limits.lagging_reports), longest_shed_(limits.longest_shed) {
    for (const RungSetup& rung : rungs) {
        rungs_.emplace_back();
        rungs_.back().is_picture = rung.kind == media::Kind::video;
    }
}

void Overload::began(base::Instant now) noexcept {
    last_ = {};
    settle(now);
}

std::optional<Switch> Overload::receive(const Report& report, base::Instant now) {
    if (now < settled_ || now - judged_ < least_apart) {
        if (now < settled_) last_ = report;
        return std::nullopt;
    }
    judged_ = now;
    std::string reason = trouble(report);
    const bool is_calm = reason.empty();
    troubled_ = is_calm ? 0 : troubled_ + 1;
    calm_ = is_calm ? calm_ + 1 : 0;
    last_ = report;
    if (complete_ && is_calm && now - *complete_ >= forgiven) sheds_ = 0;
    if (troubled_ >= lagging_reports_) return shed(std::move(reason), now);
    if (calm_ >= calm_reports && has_room(report)) return bring_back(now);
    return std::nullopt;
}

std::string Overload::trouble(const Report& report) const {
    const std::uint64_t before = dropped(last_);
    const std::uint64_t after = dropped(report);
    const std::uint64_t decoded = report.frames > last_.frames ? report.frames - last_.frames : 0;
    if (after > before && (after - before) * tolerable_share >= decoded)
        return fmt::format("the machine is overloaded: {} frames dropped in a second", after - before);
    if (std::chrono::milliseconds(report.lag) > lag_)
        return fmt::format("the machine is overloaded: {} ms behind the source", report.lag);
    return {};
}

bool Overload::has_room(const Report& report) const noexcept {
    return std::ranges::all_of(
        report.rungs, [](const RungReport& rung) { return !rung.on || rung.speed == 0 || rung.speed >= spare_speed; });
}

std::optional<Switch> Overload::shed(std::string reason, base::Instant now) {
    const auto is_made = [](const Rung& one) { return one.is_picture && !one.is_shed; };
    if (std::ranges::count_if(rungs_, is_made) < 2) return std::nullopt;
    const auto rung = std::ranges::find_if(rungs_, is_made);
    base::Duration away = first_shed;
    for (std::uint32_t i = 0; i < sheds_ && away < longest_shed_; ++i) away = std::min(away * 2, longest_shed_);
    away = std::min(away, longest_shed_);
    ++sheds_;
    rung->is_shed = true;
    rung->reason = std::move(reason);
    rung->back = now + away;
    complete_.reset();
    settle(now);
    return Switch{.rung = static_cast<std::size_t>(rung - rungs_.begin()), .on = false, .reason = rung->reason};
}

// The lowest of those that are away, once its time has come.
std::optional<Switch> Overload::bring_back(base::Instant now) {
    for (std::size_t i = rungs_.size(); i-- > 0;) {
        Rung& rung = rungs_[i];
        if (!rung.is_shed) continue;
        if (now < rung.back) return std::nullopt;
        rung.is_shed = false;
        rung.reason.clear();
        if (std::ranges::none_of(rungs_, &Rung::is_shed)) complete_ = now;
        settle(now);
        return Switch{.rung = i, .on = true, .reason = "the machine has room again"};
    }
    return std::nullopt;
}

void Overload::settle(base::Instant now) noexcept {
    settled_ = now + settling;
    troubled_ = 0;
    calm_ = 0;
}

}  // namespace weir::transcode

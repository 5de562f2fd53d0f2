#include "transcode/costs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace weir::transcode {

namespace {

// By how much a preset costs more than `veryfast`: measured up to it, the usual proportions beyond. Only what the calibration
// left out is judged by this.
constexpr std::array<std::string_view, 10> names{"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                                 "medium",    "slow",      "slower",   "veryslow", "placebo"};
constexpr std::array<double, 10> weights{0.5, 0.75, 1.0, 1.5, 1.9, 2.3, 3.6, 7.0, 13.0, 30.0};
constexpr std::size_t of_unknown = 5;  // medium, x264's own default

constexpr double unknown_frame_rate = 30;

std::size_t place(std::string_view preset) noexcept {
    const auto found = std::ranges::find(names, preset);
    return found == names.end() ? of_unknown : static_cast<std::size_t>(found - names.begin());
}

double megapixels(std::uint32_t width, std::uint32_t height) noexcept {
    return static_cast<double>(width) * static_cast<double>(height) / 1e6;
}

double frame_rate(const SourceLoad& source) noexcept {
    return source.frame_rate > 0 ? source.frame_rate : unknown_frame_rate;
}

// From the measured preset whose place is nearest.
double encode_cost(const format::CostModel& costs, std::string_view preset) {
    if (const auto measured = costs.encode.find(preset); measured != costs.encode.end()) return measured->second;
    const std::size_t wanted = place(preset);
    const auto distance = [&](const auto& row) {
        return std::abs(static_cast<int>(place(row.first)) - static_cast<int>(wanted));
    };
    const auto nearest = std::ranges::min_element(costs.encode, {}, distance);
    if (nearest == costs.encode.end()) return format::CostModel{}.encode.begin()->second * weights[wanted];
    return nearest->second * weights[wanted] / weights[place(nearest->first)];
}

}  // namespace

std::span<const std::string_view> presets() noexcept { return names; }

double decode_cores(const format::CostModel& costs, const SourceLoad& source) {
    return costs.decode * megapixels(source.width, source.height) * frame_rate(source);
}

double rung_cores(const format::CostModel& costs, const SourceLoad& source, const format::relay::RungSetup& rung) {
    if (rung.kind == media::Kind::audio) return costs.audio;
    double rate = frame_rate(source);
    if (rung.frame_rate > 0) rate = std::min(rate, rung.frame_rate);
    return (costs.scale + encode_cost(costs, rung.preset)) * megapixels(rung.width, rung.height) * rate;
}

double Carried::free() const noexcept {
    const double promised = static_cast<double>(promised_.load(std::memory_order_relaxed)) / 1000;
    return std::max(0.0, cores_ * usable - promised);
}

Carried::Share Carried::take(double cores) noexcept {
    const auto millicores = static_cast<std::int64_t>(std::lround(cores * 1000));
    promised_.fetch_add(millicores, std::memory_order_relaxed);
    return Share(this, millicores);
}

std::size_t too_many(double decode, std::span<const double> rungs, double free) {
    double needed = std::accumulate(rungs.begin(), rungs.end(), decode);
    std::size_t gone = 0;
    while (gone < rungs.size() && needed > free) needed -= rungs[gone++];
    return gone;
}

}  // namespace weir::transcode

#include "base/metrics.hpp"

#include <algorithm>
#include <cassert>

namespace weir::base {

using namespace std::chrono_literals;

constinit const std::array<Duration, 16> Histogram::default_bounds{100us, 200us, 500us, 1ms,   2ms, 5ms, 10ms, 20ms,
                                                                   50ms,  100ms, 200ms, 500ms, 1s,  2s,  5s,   10s};

Histogram::Histogram(std::span<const Duration> bounds) noexcept : bounds_(bounds) {
    assert(!bounds.empty() && bounds.size() <= most_bounds && std::ranges::is_sorted(bounds));
}

void Histogram::observe(Duration value) noexcept {
    const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
    buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value.count(), std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const noexcept {
    Snapshot taken;
    taken.bounds = bounds_;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) {
        taken.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
        taken.count += taken.buckets[i];
    }
    taken.sum = Duration(sum_.load(std::memory_order_relaxed));
    return taken;
}

Duration Histogram::Snapshot::quantile(double quantile) const noexcept {
    if (count == 0) {
        return Duration::zero();
    }
    const double rank = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count);
    double below = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const auto inside = static_cast<double>(buckets[i]);
        if (inside > 0 && below + inside >= rank) {
            const Duration floor = i == 0 ? Duration::zero() : bounds[i - 1];
            const double share = (rank - below) / inside;
            return floor +
                   Duration(static_cast<Duration::rep>(share * static_cast<double>((bounds[i] - floor).count())));
        }
        below += inside;
    }
    return bounds.back();
}

}  // namespace weir::base

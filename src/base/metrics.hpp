// What the server counts. Statistics structs are made of these members and describe them with
// `visit("frames", self.frames, "Frames received.")`; from that one list come the Prometheus text (base/metrics_writer.hpp)
// and the JSON of the API. Writing is a relaxed atomic operation of a few nanoseconds, from any thread; readers see each value
// whole, and no order between values.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::base {

/// Only grows. Its Prometheus name ends in `_total`.
class Counter {
  public:
    void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// A count that was taken elsewhere, as a snapshot has it: told like a `Counter`.
struct Total {
    std::uint64_t value = 0;
};

/// Goes up and down.
class Gauge {
  public:
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
    void subtract(std::int64_t count = 1) noexcept { value_.fetch_sub(count, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

/// One counter per enumerator of a closed set, up to `last`; `name(Enum)` gives the value of the label.
///   CountersBy<Fault, Fault::drift> faults{"kind"};   faults[Fault::gap].add();
template <typename Enum, Enum last>
class CountersBy {
  public:
    explicit constexpr CountersBy(std::string_view label) noexcept : label_(label) {}

    [[nodiscard]] Counter& operator[](Enum which) noexcept { return counters_[static_cast<std::size_t>(which)]; }
    [[nodiscard]] const Counter& operator[](Enum which) const noexcept {
        return counters_[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] std::string_view label() const noexcept { return label_; }

    /// Calls `visit(name, counter)` for each enumerator, in order.
    void each(auto&& visit) const {
        for (std::size_t i = 0; i < counters_.size(); ++i)
            visit(std::string_view(name(static_cast<Enum>(i))), counters_[i]);
    }
    [[nodiscard]] std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (const Counter& counter : counters_) sum += counter.value();
        return sum;
    }

  private:
    std::string_view label_;
    std::array<Counter, static_cast<std::size_t>(last) + 1> counters_;
};

/// How long things take, in fixed buckets. Its Prometheus name ends in `_seconds`.
class Histogram {
  public:
    /// 100 µs to 10 s in steps of 1, 2, 5.
    Histogram() noexcept : Histogram(default_bounds) {}
    /// Upper bounds, ascending, at most `most_bounds`; the array must outlive the histogram (a constant does).
    explicit Histogram(std::span<const Duration> bounds) noexcept;

    void observe(Duration value) noexcept;

    [[nodiscard]] std::span<const Duration> bounds() const noexcept { return bounds_; }

    /// One reading, to take several figures from.
    struct Snapshot {
        static constexpr std::size_t most_buckets = 25;
        std::span<const Duration> bounds;
        std::array<std::uint64_t, most_buckets>
            buckets{};            ///< per bound, not cumulative; the one after the last bound is the rest
        std::uint64_t count = 0;  ///< the sum of the buckets
        Duration sum{};

        /// The value that a share of `quantile` (0 to 1) of the observations do not exceed, interpolated inside its bucket.
        /// Zero when there are none; the last bound when it lies beyond.
        [[nodiscard]] Duration quantile(double quantile) const noexcept;
    };
    [[nodiscard]] Snapshot snapshot() const noexcept;

    static constexpr std::size_t most_bounds = Snapshot::most_buckets - 1;

  private:
    static const std::array<Duration, 16> default_bounds;

    std::span<const Duration> bounds_;
    std::array<std::atomic<std::uint64_t>, Snapshot::most_buckets> buckets_{};
    std::atomic<std::int64_t> sum_{0};
};

}  // namespace weir::base

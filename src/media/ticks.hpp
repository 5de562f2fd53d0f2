// The one unit of media time: 1/705,600,000 s, exact for 90 kHz, milliseconds, and every audio and frame rate in use.
// Conversion to and from a wire's own timescale happens only in format/, at the edge.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace weir::media {

class Ticks {
  public:
    static constexpr std::int64_t per_second = 705'600'000;

    constexpr Ticks() noexcept = default;
    constexpr explicit Ticks(std::int64_t count) noexcept : count_(count) {}

    /// `value` units of 1/`timescale` s, rounded to nearest (half away from zero).
    [[nodiscard]] static constexpr Ticks from(std::int64_t value, std::int64_t timescale) noexcept {
        return Ticks(scale(value, per_second, timescale));
    }
    [[nodiscard]] static constexpr Ticks milliseconds(std::int64_t value) noexcept {
        return Ticks(value * (per_second / 1000));
    }
    [[nodiscard]] static constexpr Ticks seconds(double value) noexcept {
        return Ticks(static_cast<std::int64_t>(value * static_cast<double>(per_second)));
    }
    template <typename Rep, typename Period>
    [[nodiscard]] static constexpr Ticks from(std::chrono::duration<Rep, Period> value) noexcept {
        return from(std::chrono::duration_cast<std::chrono::nanoseconds>(value).count(), 1'000'000'000);
    }

    [[nodiscard]] constexpr std::int64_t count() const noexcept { return count_; }
    /// In units of 1/`timescale` s, rounded to nearest.
    [[nodiscard]] constexpr std::int64_t to(std::int64_t timescale) const noexcept {
        return scale(count_, timescale, per_second);
    }
    [[nodiscard]] constexpr std::int64_t to_milliseconds() const noexcept { return to(1000); }
    [[nodiscard]] constexpr double to_seconds() const noexcept {
        return static_cast<double>(count_) / static_cast<double>(per_second);
    }
    [[nodiscard]] constexpr std::chrono::nanoseconds to_duration() const noexcept {
        return std::chrono::nanoseconds(to(1'000'000'000));
    }

    constexpr auto operator<=>(const Ticks&) const noexcept = default;
    constexpr Ticks& operator+=(Ticks other) noexcept {
        count_ += other.count_;
        return *this;
    }
    constexpr Ticks& operator-=(Ticks other) noexcept {
        count_ -= other.count_;
        return *this;
    }
    friend constexpr Ticks operator+(Ticks a, Ticks b) noexcept { return Ticks(a.count_ + b.count_); }
    friend constexpr Ticks operator-(Ticks a, Ticks b) noexcept { return Ticks(a.count_ - b.count_); }
    friend constexpr Ticks operator-(Ticks a) noexcept { return Ticks(-a.count_); }
    friend constexpr Ticks operator*(Ticks a, std::int64_t factor) noexcept { return Ticks(a.count_ * factor); }
    friend constexpr Ticks operator/(Ticks a, std::int64_t divisor) noexcept { return Ticks(a.count_ / divisor); }

  private:
    [[nodiscard]] static constexpr std::int64_t scale(std::int64_t value, std::int64_t to, std::int64_t from) noexcept {
        if (to % from == 0) return value * (to / from);
        const __int128 product = static_cast<__int128>(value) * to;
        const __int128 half = from / 2;
        return static_cast<std::int64_t>((product + (value < 0 ? -half : half)) / from);
    }

    std::int64_t count_ = 0;
};

}  // namespace weir::media

// Amounts with their unit in the type, and the way people write them: sizes (`2GiB`, `600MiB`, `64kB`), bit rates (`2500k`,
// `5M`), durations (`30ms`, `6s`, `1h30m`). `parse` accepts decimals (`2.5M`) and refuses what is not a whole number of the
// smallest unit; `print` gives the shortest exact form, and `parse(print(x)) == x`.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::base {

class ByteCount {
  public:
    constexpr ByteCount() noexcept = default;
    constexpr explicit ByteCount(std::uint64_t bytes) noexcept : bytes_(bytes) {}
    [[nodiscard]] constexpr std::uint64_t bytes() const noexcept { return bytes_; }
    friend constexpr auto operator<=>(ByteCount, ByteCount) noexcept = default;

  private:
    std::uint64_t bytes_ = 0;
};

class BitRate {
  public:
    constexpr BitRate() noexcept = default;
    constexpr explicit BitRate(std::uint64_t bits_per_second) noexcept : bits_per_second_(bits_per_second) {}
    [[nodiscard]] constexpr std::uint64_t bits_per_second() const noexcept { return bits_per_second_; }
    friend constexpr auto operator<=>(BitRate, BitRate) noexcept = default;

  private:
    std::uint64_t bits_per_second_ = 0;
};

inline namespace literals {
constexpr ByteCount operator""_B(unsigned long long count) noexcept { return ByteCount(count); }
constexpr ByteCount operator""_KiB(unsigned long long count) noexcept { return ByteCount(count << 10); }
constexpr ByteCount operator""_MiB(unsigned long long count) noexcept { return ByteCount(count << 20); }
constexpr ByteCount operator""_GiB(unsigned long long count) noexcept { return ByteCount(count << 30); }
constexpr BitRate operator""_kbps(unsigned long long count) noexcept { return BitRate(count * 1000); }
constexpr BitRate operator""_Mbps(unsigned long long count) noexcept { return BitRate(count * 1'000'000); }
}  // namespace literals

/// The errors are of kind `malformed` (or `too_large`), and their text says how to write it.
[[nodiscard]] Result<ByteCount> parse_byte_count(std::string_view text);
[[nodiscard]] Result<BitRate> parse_bit_rate(std::string_view text);
/// Never negative; up to 292 years.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

[[nodiscard]] std::string print(ByteCount value);
[[nodiscard]] std::string print(BitRate value);
[[nodiscard]] std::string print(Duration value);

}  // namespace weir::base

// The lexical part of playlists (RFC 8216bis 4.1, 4.2), read for the checker alone: an oracle shares no code with what it judges.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::checker {

using Time = std::chrono::microseconds;

[[nodiscard]] constexpr double seconds(Time time) noexcept { return static_cast<double>(time.count()) / 1e6; }

/// decimal-integer: 1 to 20 digits, nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_integer(std::string_view text) noexcept;
/// decimal-floating-point, to the microsecond; finer digits are cut off.
[[nodiscard]] std::optional<Time> parse_seconds(std::string_view text) noexcept;
/// "2026-11-25T10:00:00.123Z", the zone always named.
[[nodiscard]] std::optional<base::WallTime> parse_date(std::string_view text) noexcept;

/// An attribute-list. Views into the text.
class Attributes {
  public:
    [[nodiscard]] static std::optional<Attributes> parse(std::string_view text);
    /// The inside of a quoted-string; nothing where there is none, or it is not one.
    [[nodiscard]] std::optional<std::string_view> quoted(std::string_view name) const noexcept;
    /// A value without quotes.
    [[nodiscard]] std::optional<std::string_view> bare(std::string_view name) const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> integer(std::string_view name) const noexcept;
    [[nodiscard]] std::optional<Time> seconds(std::string_view name) const noexcept;
    /// The attribute is there, as YES.
    [[nodiscard]] bool is_yes(std::string_view name) const noexcept { return bare(name) == "YES"; }

  private:
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

    std::array<std::pair<std::string_view, std::string_view>, 16> pairs_;  ///< no tag has more
    std::size_t count_ = 0;
};

/// Where `reference`, found in the playlist at `from`, points to: a path below that of the multivariant playlist, the query
/// left out.
[[nodiscard]] std::string resolve(std::string_view from, std::string_view reference);

}  // namespace weir::checker

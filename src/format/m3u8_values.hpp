// The values in the tags of a playlist (RFC 8216bis 4.2): numbers, durations, dates and attribute lists. Hostile input is
// `malformed`. Views live as long as the text.
#pragma once

#include "base/result.hpp"
#include "format/m3u8.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::format::m3u8 {

/// Up to 2^62.
[[nodiscard]] base::Result<std::uint64_t> parse_integer(std::string_view text);
[[nodiscard]] base::Result<std::uint32_t> parse_small_integer(std::string_view text);
/// Seconds with decimals, to the microsecond; up to a million.
[[nodiscard]] base::Result<media::Ticks> parse_seconds(std::string_view text);
/// ISO 8601, from 1970 to 9999: "2026-11-22T10:00:00.000Z".
[[nodiscard]] base::Result<DateTime> parse_date_time(std::string_view text);

struct Attribute {
    std::string_view name;
    std::string_view value;  ///< without quotes
};

/// Walks an attribute list.
class AttributeReader {
  public:
    explicit AttributeReader(std::string_view list) noexcept : rest_(list) {}
    /// The next attribute, nothing at the end.
    [[nodiscard]] base::Result<std::optional<Attribute>> next();

  private:
    std::string_view rest_;
};

}  // namespace weir::format::m3u8

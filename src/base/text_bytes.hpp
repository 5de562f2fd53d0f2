// Bytes written as text (RFC 4648): base64 and hexadecimal. Read as people write them: padding may be missing, and the letters of
// hexadecimal may be large or small; any other character is none of either.
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::base {

[[nodiscard]] std::string print_base64(ByteView bytes);
[[nodiscard]] std::optional<std::vector<std::uint8_t>> parse_base64(std::string_view text);

/// Small letters.
[[nodiscard]] std::string print_hex(ByteView bytes);
[[nodiscard]] std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text);

}  // namespace weir::base

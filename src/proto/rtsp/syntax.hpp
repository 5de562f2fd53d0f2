// Characters, tokens and parameter lists of RTSP (RFC 2326 15, which takes them from HTTP/1.1). All views live as long as the text
// that they were taken from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::proto::rtsp {

/// One or more characters of a method, a field's name, a parameter's name.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// What a field's value and a reason may be made of: visible characters, bytes beyond ASCII, space and tab.
[[nodiscard]] bool is_text(std::string_view text) noexcept;
/// What an address may be made of: visible ASCII.
[[nodiscard]] bool is_address_text(std::string_view text) noexcept;

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] bool starts_ignoring_case(std::string_view text, std::string_view start) noexcept;
/// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// Without one pair of double quotes around it.
[[nodiscard]] std::string_view unquoted(std::string_view text) noexcept;
/// Digits and nothing else, up to `most`.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t most) noexcept;

/// Takes the first element off a list that `divider` divides: trimmed, possibly empty. Inside quotes nothing divides.
[[nodiscard]] std::string_view take_element(std::string_view& list, char divider) noexcept;

struct Parameter {
    std::string_view name;
    std::string_view value;  ///< without quotes; empty where there is none
};
/// `name=value`, `name="value"` or `name`.
[[nodiscard]] Parameter parse_parameter(std::string_view text) noexcept;

}  // namespace weir::proto::rtsp

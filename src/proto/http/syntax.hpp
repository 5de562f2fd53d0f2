// Characters, tokens and lists of HTTP (RFC 9110 5.5, 5.6) and of URIs (RFC 3986 3.3), and how a request or response is
// refused: a status and a sentence for people. All views live as long as the text they were taken from.
#pragma once

#include "proto/http/status.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace weir::proto::http {

/// Why a message is not taken. `text` is a string literal.
struct Refusal {
    Status status;
    std::string_view text;

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

template <typename T>
using Parsed = std::expected<T, Refusal>;

[[nodiscard]] constexpr std::unexpected<Refusal> refuse(Status status, std::string_view text) noexcept {
    return std::unexpected(Refusal{status, text});
}

[[nodiscard]] bool is_token_character(char character) noexcept;
/// One or more tchar.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// What a field value may be made of: visible characters, obs-text, space and tab.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// What a URI path may be made of as it stands on the wire, '%' and '/' included.
[[nodiscard]] bool is_path_text(std::string_view text) noexcept;
/// uri-host [":" port], or nothing at all.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;
/// 0 to 15, or -1.
[[nodiscard]] int hexadecimal_value(char digit) noexcept;

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
/// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// Digits and nothing else, that fit 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

/// Takes the first element off a comma-separated list: trimmed, possibly empty. Commas inside quotes do not divide.
[[nodiscard]] std::string_view take_element(std::string_view& list) noexcept;
/// Whether the comma-separated list has this token, in any case.
[[nodiscard]] bool list_has(std::string_view list, std::string_view token) noexcept;

/// A line at the front of the input, without its CRLF. Nothing when its end has not come yet. A line longer than `limit` (CRLF
/// included) is refused with `too_long`; one that ends in a bare LF with 400.
[[nodiscard]] Parsed<std::optional<std::string_view>> take_line(std::string_view input, std::size_t limit,
                                                                Refusal too_long);

}  // namespace weir::proto::http

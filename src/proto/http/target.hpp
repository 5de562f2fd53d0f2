// A request target (RFC 9112 3.2) taken apart into decoded, validated path segments and query parameters. What a client
// could use to climb or to confuse is refused with 400 here, so that nothing above ever sees it: `.` and `..`, an encoded
// slash or backslash, control characters, empty segments. Names are still a stranger's text: check them before use.
#pragma once

#include "proto/http/syntax.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weir::proto::http {

struct Parameter {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Target {
    std::string_view text;                   ///< as it was sent
    std::string_view authority;              ///< of the absolute form, else empty
    std::string_view query;                  ///< as it was sent, without the '?'
    std::vector<std::string_view> segments;  ///< decoded; none for "/" and "*"
    bool trailing_slash = false;             ///< "/a/" has it, "/a" and "/" do not
    bool is_asterisk = false;                ///< "*": OPTIONS of the server itself
    std::vector<Parameter> parameters;       ///< decoded, in order

    /// The value of the first parameter of that name.
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

inline constexpr std::size_t maximum_segments = 16;
inline constexpr std::size_t maximum_parameters = 64;

/// Parses the origin, absolute and asterisk forms. Decoded text goes to `storage`, which is at least as long as `text`; the views in
/// the target point into both.
[[nodiscard]] Parsed<Target> parse_target(std::string_view text, std::span<char> storage);

}  // namespace weir::proto::http

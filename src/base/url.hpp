// The pieces that addresses of all protocols have in common (RFC 3986): percent-encoding, and the parameters of a query.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::base {

/// `text` with each `%` and two hexadecimal digits as the byte that they mean; a `%` without them stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);

/// What stands before the first `?`.
[[nodiscard]] std::string_view before_query(std::string_view address) noexcept;
/// What stands behind it; empty where there is none.
[[nodiscard]] std::string_view query_of(std::string_view address) noexcept;
/// The first parameter of that name in `name=value&name=value`, as it is written; empty where it has no value.
[[nodiscard]] std::optional<std::string_view> query_parameter(std::string_view query, std::string_view name) noexcept;

}  // namespace weir::base

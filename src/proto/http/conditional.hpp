// Conditional requests and byte ranges (RFC 9110 13 and 14): whether a client already has what it asks for, and which part
// of it it wants. Entity tags are given with their quotes.
#pragma once

#include "proto/http/request.hpp"

#include <cstdint>
#include <string_view>

namespace weir::proto::http {

enum class Precondition : std::uint8_t { passed, not_modified, failed };

/// If-Match and If-None-Match against the tag of what is there; an empty `etag` is a representation without one.
[[nodiscard]] Precondition check_preconditions(const Request& request, std::string_view etag) noexcept;

enum class RangeKind : std::uint8_t { whole, partial, unsatisfiable };
struct RangeChoice {
    RangeKind kind = RangeKind::whole;
    std::uint64_t first = 0;  ///< of a partial one
    std::uint64_t length = 0;

    friend bool operator==(const RangeChoice&, const RangeChoice&) = default;
};

/// A Range field's value against a representation of `size` bytes. What is malformed, in another unit, or of several ranges
/// is answered with the whole, as RFC 9110 14.2 allows.
[[nodiscard]] RangeChoice choose_range(std::string_view value, std::uint64_t size) noexcept;
/// The same of a request: only GET has ranges, and If-Range must name the very representation.
[[nodiscard]] RangeChoice choose_range(const Request& request, std::string_view etag, std::uint64_t size) noexcept;

}  // namespace weir::proto::http

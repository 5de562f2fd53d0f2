#include "proto/http/conditional.hpp"

#include <algorithm>
#include <optional>

namespace weir::proto::http {

namespace {

constexpr RangeChoice whole{};
constexpr RangeChoice unsatisfiable{.kind = RangeKind::unsatisfiable};

std::string_view without_weakness(std::string_view etag) noexcept {
    return etag.starts_with("W/") ? etag.substr(2) : etag;
}

/// RFC 9110 8.8.3.2.
bool is_same(std::string_view a, std::string_view b) noexcept { return without_weakness(a) == without_weakness(b); }
bool is_strongly_same(std::string_view a, std::string_view b) noexcept { return a == b && a.starts_with('"'); }

template <typename Compare>
bool list_matches(std::string_view list, std::string_view etag, Compare compare) noexcept {
    if (list == "*") return true;
    while (!list.empty())
        if (!etag.empty() && compare(take_element(list), etag)) return true;
        else if (etag.empty()) return false;
    return false;
}

/// "-N": the last N bytes.
RangeChoice choose_suffix(std::string_view digits, std::uint64_t size) noexcept {
    const auto length = parse_decimal(digits);
    if (!length) return whole;
    if (*length == 0 || size == 0) return unsatisfiable;
    const std::uint64_t taken = std::min(*length, size);
    return {RangeKind::partial, size - taken, taken};
}

}  // namespace

Precondition check_preconditions(const Request& request, std::string_view etag) noexcept {
    if (const auto match = request.field("if-match"); match && !list_matches(*match, etag, is_strongly_same))
        return Precondition::failed;
    const auto none_match = request.field("if-none-match");
    if (!none_match || !list_matches(*none_match, etag, is_same)) return Precondition::passed;
    const bool reads = request.method == Method::get || request.method == Method::head;
    return reads ? Precondition::not_modified : Precondition::failed;
}

RangeChoice choose_range(std::string_view value, std::uint64_t size) noexcept {
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos || !equals_ignoring_case(value.substr(0, equals), "bytes")) return whole;
    const std::string_view range = trimmed(value.substr(equals + 1));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return whole;
    if (dash == 0) return choose_suffix(range.substr(1), size);
    const std::string_view end = range.substr(dash + 1);
    const auto first = parse_decimal(range.substr(0, dash));
    const auto last = end.empty() ? std::optional(UINT64_MAX) : parse_decimal(end);
    if (!first || !last || *last < *first) return whole;
    if (*first >= size) return unsatisfiable;
    return {RangeKind::partial, *first, std::min(*last, size - 1) - *first + 1};
}

RangeChoice choose_range(const Request& request, std::string_view etag, std::uint64_t size) noexcept {
    const auto range = request.field("range");
    if (!range || request.method != Method::get) return whole;
    const auto condition = request.field("if-range");
    if (condition && !is_strongly_same(*condition, etag)) return whole;
    return choose_range(*range, size);
}

}  // namespace weir::proto::http

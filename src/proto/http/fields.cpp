#include "proto/http/fields.hpp"

#include <algorithm>
#include <cassert>

namespace weir::proto::http {

std::optional<std::string_view> find_field(std::span<const Field> fields, std::string_view name) noexcept {
    const auto found =
        std::ranges::find_if(fields, [name](const Field& f) { return equals_ignoring_case(f.name, name); });
    if (found == fields.end()) return std::nullopt;
    return found->value;
}

Parsed<Field> parse_field(std::string_view line) noexcept {
    if (line.starts_with(' ') || line.starts_with('\t')) return refuse(Status::bad_request, "a header line is folded");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(Status::bad_request, "a header line has no colon");
    const Field field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
    if (!is_token(field.name))
        return refuse(Status::bad_request, "a header name has a character that it must not have");
    if (!is_field_value(field.value)) return refuse(Status::bad_request, "a header value has a control character");
    return field;
}

FieldLines& FieldLines::add(std::string_view name, std::string_view value) {
    assert(is_token(name) && is_field_value(value));
    if (text_.empty()) text_.reserve(256);
    text_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

}  // namespace weir::proto::http

// Header and trailer fields (RFC 9110 5, RFC 9112 5): reading them strictly off a message head, and writing them. Obsolete
// folding, space before the colon and stray CR or LF are refused: intermediaries read those differently, which smuggles requests.
#pragma once

#include "proto/http/syntax.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::http {

struct Field {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const Field&, const Field&) = default;
};

/// The value of the first field of that name (in any case).
[[nodiscard]] std::optional<std::string_view> find_field(std::span<const Field> fields, std::string_view name) noexcept;

/// A field line without its CRLF.
[[nodiscard]] Parsed<Field> parse_field(std::string_view line) noexcept;

/// Field lines that are being written, ready for the wire.
class FieldLines {
  public:
    /// Both must be valid; a value that was made from a stranger's text is checked with `is_field_value` first.
    FieldLines& add(std::string_view name, std::string_view value);
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    std::string text_;
};

}  // namespace weir::proto::http

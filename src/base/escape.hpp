// Text from elsewhere, made safe to print: what is not valid UTF-8 (RFC 3629), what a terminal would act upon and what a
// reader would not see comes out as an escape. Used by the journal and by the metrics.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::base {

struct Character {
    char32_t code = 0;
    std::size_t length = 0;  ///< bytes
};

/// The UTF-8 character at the front of a text that is not empty; nothing when there is none (overlong forms and surrogates included).
[[nodiscard]] std::optional<Character> front_character(std::string_view text) noexcept;

/// Control characters, and the ones that change the direction or the lines of what is shown, or show nothing at all.
[[nodiscard]] bool is_unprintable(char32_t code) noexcept;

/// At most `most` bytes of `text`, and no half of a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t most) noexcept;

/// `text` with `"`, `\` and the unprintable as `\"`, `\\`, `\n`, `\t`, `\u001b`, and with bytes that are not UTF-8 as `\xff`.
void append_escaped(std::string& out, std::string_view text);

/// `append_escaped` for text that stands in no quotes: `"` and `\` stay as they are.
void append_unquoted(std::string& out, std::string_view text);

/// `append_escaped` for the inside of a JSON string (RFC 8259): bytes that are not UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);

/// `text` with each byte that is not UTF-8 as U+FFFD, and nothing else changed.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace weir::base

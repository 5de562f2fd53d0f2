#include "base/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace weir::base {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_continuation(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

void append_code_unit(std::string& out, char32_t code) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(code));
}

void append_byte(std::string& out, unsigned byte) { fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte); }

/// As JSON writes it: beyond the basic plane a pair of surrogates.
void append_escape(std::string& out, char32_t code) {
    if (code == '\n') {
        out += "\\n";
    } else if (code == '\t') {
        out += "\\t";
    } else if (code == '\r') {
        out += "\\r";
    } else if (code < 0x10000) {
        append_code_unit(out, code);
    } else {
        append_code_unit(out, 0xD800 + ((code - 0x10000) >> 10));
        append_code_unit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
    }
}

/// Escapes what is unprintable or one of `special`; calls `invalid(byte)` for each byte that belongs to no character.
void append_with(std::string& out, std::string_view text, std::string_view special, auto&& invalid) {
    while (!text.empty()) {
        const auto character = front_character(text);
        if (!character) {
            invalid(static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        if (special.contains(text.front())) {
            out += '\\';
            out += text.front();
        } else if (is_unprintable(character->code)) {
            append_escape(out, character->code);
        } else {
            out += text.substr(0, character->length);
        }
        text.remove_prefix(character->length);
    }
}

}  // namespace

std::optional<Character> front_character(std::string_view text) noexcept {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) {
        return Character{lead, 1};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return std::nullopt;
    }
    char32_t code = lead & (0x7FU >> length);
    for (const char byte : text.substr(1, length - 1)) {
        if (!is_continuation(byte)) {
            return std::nullopt;
        }
        code = code << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least[length] || code > 0x10FFFF || surrogate) {
        return std::nullopt;
    }
    return Character{code, length};
}

bool is_unprintable(char32_t code) noexcept {
    struct Range {
        char32_t first;
        char32_t last;
    };
    static constexpr auto ranges = std::to_array<Range>({
        {0x00, 0x1F},        // C0 controls
        {0x7F, 0x9F},        // delete, C1 controls
        {0xAD, 0xAD},        // soft hyphen
        {0x61C, 0x61C},      // Arabic letter mark
        {0x180E, 0x180E},    // Mongolian vowel separator
        {0x200B, 0x200F},    // zero width, direction marks
        {0x2028, 0x202E},    // line and paragraph separators, direction overrides
        {0x2060, 0x206F},    // invisible operators, direction isolates
        {0xFEFF, 0xFEFF},    // byte order mark
        {0xFFF9, 0xFFFB},    // annotations
        {0xE0000, 0xE007F},  // tags
    });
    return std::ranges::any_of(ranges, [code](Range range) { return code >= range.first && code <= range.last; });
}

std::string_view cut(std::string_view text, std::size_t most) noexcept {
    if (text.size() <= most) {
        return text;
    }
    // Steps back over at most one character; in what is not UTF-8 any byte is as good as another.
    std::size_t end = most;
    while (end > 0 && most - end < 3 && is_continuation(text[end])) {
        --end;
    }
    return text.substr(0, is_continuation(text[end]) ? most : end);
}

void append_escaped(std::string& out, std::string_view text) {
    append_with(out, text, "\"\\", [&](unsigned byte) { append_byte(out, byte); });
}

void append_unquoted(std::string& out, std::string_view text) {
    append_with(out, text, "", [&](unsigned byte) { append_byte(out, byte); });
}

void append_json(std::string& out, std::string_view text) {
    append_with(out, text, "\"\\", [&](unsigned) { out += replacement; });
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto character = front_character(text);
        const std::size_t length = character ? character->length : 1;
        out += character ? text.substr(0, length) : replacement;
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace weir::base

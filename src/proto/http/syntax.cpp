#include "proto/http/syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::proto::http {

namespace {

enum CharacterClass : std::uint8_t { token = 1, field_value = 2, path = 4, authority = 8 };

constexpr void mark(std::array<std::uint8_t, 256>& table, std::string_view characters, std::uint8_t classes) {
    for (const char character : characters) table[static_cast<std::uint8_t>(character)] |= classes;
}

/// One look-up per character for every class.
constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> table{};
    mark(table, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", token | path | authority);
    mark(table, "!#$%&'*+-.^_`|~", token);
    mark(table, "-._~!$&'()*+,;=:@%/", path);
    mark(table, "-._~!$&'()*+,;=:%[]", authority);
    for (int character = 0x20; character < 0x100; ++character)
        if (character != 0x7f) table[static_cast<std::size_t>(character)] |= field_value;
    table['\t'] |= field_value;
    return table;
}

constexpr std::array<std::uint8_t, 256> classes = make_classes();

bool all_are(std::string_view text, CharacterClass wanted) noexcept {
    return std::ranges::all_of(text,
                               [wanted](char c) { return (classes[static_cast<std::uint8_t>(c)] & wanted) != 0; });
}

constexpr char lower(char character) noexcept {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

constexpr bool is_blank(char character) noexcept { return character == ' ' || character == '\t'; }

/// Where the element at the front of the list ends.
std::size_t element_end(std::string_view list) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (quoted && list[i] == '\\') ++i;
        else if (list[i] == '"') quoted = !quoted;
        else if (list[i] == ',' && !quoted) return i;
    }
    return list.size();
}

}  // namespace

bool is_token_character(char character) noexcept {
    return (classes[static_cast<std::uint8_t>(character)] & CharacterClass::token) != 0;
}

bool is_token(std::string_view text) noexcept { return !text.empty() && all_are(text, CharacterClass::token); }

bool is_field_value(std::string_view text) noexcept { return all_are(text, CharacterClass::field_value); }

bool is_path_text(std::string_view text) noexcept { return all_are(text, CharacterClass::path); }

bool is_authority(std::string_view text) noexcept { return all_are(text, CharacterClass::authority); }

int hexadecimal_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    const char letter = lower(digit);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [stopped, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

std::string_view take_element(std::string_view& list) noexcept {
    const std::size_t end = element_end(list);
    const std::string_view element = trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return element;
}

bool list_has(std::string_view list, std::string_view token) noexcept {
    while (!list.empty())
        if (equals_ignoring_case(take_element(list), token)) return true;
    return false;
}

Parsed<std::optional<std::string_view>> take_line(std::string_view input, std::size_t limit, Refusal too_long) {
    const std::size_t end = input.substr(0, limit).find('\n');
    if (end == std::string_view::npos) {
        if (input.size() >= limit) return std::unexpected(too_long);
        return std::nullopt;
    }
    if (end == 0 || input[end - 1] != '\r') return refuse(Status::bad_request, "a line ends in LF without CR");
    return input.substr(0, end - 1);
}

}  // namespace weir::proto::http

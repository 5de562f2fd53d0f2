#include "base/escape.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using namespace std::string_literals;

struct Row {
    const char* name;
    std::string text;
    std::string escaped;
    std::string json;
};

const Row rows[] = {
    {"plain text stays", "OBS 30.1", "OBS 30.1", "OBS 30.1"},
    {"other scripts stay", "Gießen 東京 🎥", "Gießen 東京 🎥", "Gießen 東京 🎥"},
    {"a newline starts no line", "a\nb\r\tc", "a\\nb\\r\\tc", "a\\nb\\r\\tc"},
    {"nothing ends a quote", "a\"b\\", "a\\\"b\\\\", "a\\\"b\\\\"},
    {"a terminal is not told to act", "\x1b[2J\x7f", "\\u001b[2J\\u007f", "\\u001b[2J\\u007f"},
    {"C1 controls", "\xC2\x9B", "\\u009b", "\\u009b"},
    {"NUL", "a\0b"s, "a\\u0000b", "a\\u0000b"},
    {"the direction of text is not turned", "\u202Egpj", "\\u202egpj", "\\u202egpj"},
    {"line separator", "\u2028", "\\u2028", "\\u2028"},
    {"tags beyond the basic plane", "\U000E0041", "\\udb40\\udc41", "\\udb40\\udc41"},
    {"a byte that is not UTF-8", "a\xFF", "a\\xff", "a\uFFFD"},
    {"a character cut short", "\xE6\x9D", "\\xe6\\x9d", "\uFFFD\uFFFD"},
    {"an overlong slash", "\xC0\xAF", "\\xc0\\xaf", "\uFFFD\uFFFD"},
    {"an overlong NUL of three bytes", "\xE0\x80\x80", "\\xe0\\x80\\x80", "\uFFFD\uFFFD\uFFFD"},
    {"a surrogate", "\xED\xA0\x80", "\\xed\\xa0\\x80", "\uFFFD\uFFFD\uFFFD"},
    {"beyond Unicode", "\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
};

TEST(Escape, TextFromTheNetworkCannotForgeALineOrMoveTheTerminal) {
    for (const Row& row : rows) {
        std::string escaped;
        append_escaped(escaped, row.text);
        EXPECT_EQ(escaped, row.escaped) << row.name;
        std::string json;
        append_json(json, row.text);
        EXPECT_EQ(json, row.json) << row.name;
    }
}

TEST(Escape, OutsideOfQuotesAQuoteIsReadAsItIs) {
    std::string text;
    append_unquoted(text, "the key \"hod\"\n\\ \xFF");
    EXPECT_EQ(text, "the key \"hod\"\\n\\ \\xff");
}

TEST(Escape, CuttingLeavesNoHalfCharacter) {
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abcd", 3), "abc");
    EXPECT_EQ(cut("ab東", 3), "ab");
    EXPECT_EQ(cut("ab東", 4), "ab");
    EXPECT_EQ(cut("ab東", 5), "ab東");
    EXPECT_EQ(cut("🎥🎥", 7), "🎥");
    EXPECT_EQ(cut("\x80\x80\x80\x80\x80\x80", 5).size(), 5U) << "what is no text is cut anywhere";
}

TEST(Escape, InvalidBytesAreReplacedAndNothingElse) {
    EXPECT_EQ(valid_utf8("a\"\n東\xFFz"), "a\"\n東\uFFFDz");
    EXPECT_EQ(valid_utf8(""), "");
}

}  // namespace
}  // namespace weir::base

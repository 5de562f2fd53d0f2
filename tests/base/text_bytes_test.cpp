#include "base/text_bytes.hpp"

#include <gtest/gtest.h>

namespace weir::base {

namespace {

struct Row {
    const char* plain;
    const char* base64;
    const char* hex;
};
// RFC 4648 10.
constexpr Row rows[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
    {"\xfb\xff\xfe", "+//+", "fbfffe"},
};

std::optional<std::string> as_string(const std::optional<std::vector<std::uint8_t>>& bytes) {
    if (!bytes) return std::nullopt;
    return std::string(as_text(*bytes));
}

}  // namespace

TEST(TextBytes, TheVectorsOfTheRfcComeOutBothWays) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.base64);
        EXPECT_EQ(print_base64(as_bytes(row.plain)), row.base64);
        EXPECT_EQ(print_hex(as_bytes(row.plain)), row.hex);
        EXPECT_EQ(as_string(parse_base64(row.base64)), row.plain);
        EXPECT_EQ(as_string(parse_hex(row.hex)), row.plain);
    }
}

TEST(TextBytes, WhatCamerasWriteIsReadAndWhatIsNeitherIsNot) {
    EXPECT_EQ(as_string(parse_base64("Zm8")), "fo") << "without padding";
    EXPECT_EQ(as_string(parse_hex("FBffFE")), "\xfb\xff\xfe");
    for (const char* text : {"Z", "Zm9vY", "Zm 8=", "Zm8=Zm8=", "Zm9-"}) EXPECT_FALSE(parse_base64(text)) << text;
    for (const char* text : {"6", "6g", "0x66", "66 "}) EXPECT_FALSE(parse_hex(text)) << text;
}

}  // namespace weir::base

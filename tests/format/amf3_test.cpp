#include "format/amf3.hpp"

#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::format::amf0 {

namespace {

struct Case {
    const char* name;
    const char* wire;  ///< a message of AMF0
    std::vector<Value> values;
};

const Case understood[] = {
    {"undefined (3.2)", "11 00", {Undefined{}}},
    {"null (3.3)", "11 01", {Null{}}},
    {"false (3.4)", "11 02", {false}},
    {"true (3.5)", "11 03", {true}},
    {"an integer of a byte (3.6)", "11 04 7f", {127.0}},
    {"an integer of two bytes", "11 04 81 00", {128.0}},
    {"an integer of three bytes", "11 04 81 80 00", {16'384.0}},
    {"an integer of four bytes", "11 04 80 c0 80 00", {2'097'152.0}},
    {"the greatest integer", "11 04 bf ff ff ff", {268'435'455.0}},
    {"the least integer", "11 04 c0 80 80 00", {-268'435'456.0}},
    {"minus one", "11 04 ff ff ff ff", {-1.0}},
    {"a double (3.7)", "11 05 40 08 00 00 00 00 00 00", {3.0}},
    {"a string (3.8)", "11 06 09 6c 69 76 65", {"live"}},
    {"an empty string", "11 06 01", {""}},
    {"an XML document (3.9)", "11 07 05 3c 3e", {"<>"}},
    {"a date (3.10)", "11 08 01 40 08 00 00 00 00 00 00", {Date{3.0, 0}}},
    {"an array without names (3.11)", "11 09 05 01 04 01 03", {StrictArray{{1.0, true}}}},
    {"an array with names", "11 09 03 03 61 01 01 04 07", {EcmaArray{Object().set("a", Null{}).set("0", 7.0)}}},
    {"an anonymous object (3.12)", "11 0a 0b 01 07 61 70 70 06 09 6c 69 76 65 01", {Object().set("app", "live")}},
    {"an object of a class with a sealed member", "11 0a 13 03 54 03 61 04 05", {Object().set("a", 5.0)}},
    {"one that is dynamic too", "11 0a 1b 03 54 03 61 04 05 03 62 03 01", {Object().set("a", 5.0).set("b", true)}},
    {"XML (3.13)", "11 0b 05 3c 3e", {"<>"}},
    {"bytes (3.14)", "11 0c 05 00 ff", {std::string("\0\xff", 2)}},
    {"AMF0 before and behind", "02 00 01 78 11 04 01 05", {"x", 1.0, Null{}}},
    {"AMF3 within an object of AMF0", "03 00 01 61 11 06 03 62 00 00 09", {Object().set("a", "b")}},
    {"a string said before, in another value of the message", "11 06 03 62 11 06 00", {"b", "b"}},
    {"empty strings have no number", "11 06 01 11 06 03 62 11 06 00", {"", "b", "b"}},
    {"names are strings as well", "11 0a 0b 01 03 61 06 00 01", {Object().set("a", "a")}},
    {"an object said before",
     "11 09 05 01 0a 0b 01 03 61 04 05 01 0a 02",
     {StrictArray{{Object().set("a", 5.0), Object().set("a", 5.0)}}}},
    {"traits said before",
     "11 0a 13 03 54 03 61 04 05 11 0a 01 04 06",
     {Object().set("a", 5.0), Object().set("a", 6.0)}},
    {"a date said before", "11 08 01 40 08 00 00 00 00 00 00 11 08 00", {Date{3.0, 0}, Date{3.0, 0}}},
};

struct Refused {
    const char* name;
    const char* wire;
    base::ErrorKind kind;
};

const Refused refused[] = {
    {"nothing behind the marker", "11", base::ErrorKind::malformed},
    {"an integer cut short", "11 04 ff ff", base::ErrorKind::malformed},
    {"a string cut short", "11 06 09 6c", base::ErrorKind::malformed},
    {"a string that claims 128 megabytes", "11 06 ff ff ff ff 61", base::ErrorKind::too_large},
    {"a string that was not there", "11 06 00", base::ErrorKind::malformed},
    {"an object that was not there", "11 0a 00", base::ErrorKind::malformed},
    {"traits that were not there", "11 0a 05", base::ErrorKind::malformed},
    {"an array that claims a hundred million values", "11 09 ff ff ff ff 01 01", base::ErrorKind::malformed},
    {"a class that claims a million members", "11 0a bf ff ff f3 03 54", base::ErrorKind::too_large},
    {"an array within itself", "11 09 03 01 09 00", base::ErrorKind::unsupported},
    {"an object that its class alone can read", "11 0a 07 03 54 01", base::ErrorKind::unsupported},
    {"a vector (3.15)", "11 0d 03 00 00 00 00 01", base::ErrorKind::unsupported},
    {"a type that does not exist", "11 7f", base::ErrorKind::unsupported},
};

TEST(Amf3, WhatClientsSayMeansWhatItMeansInAmf0) {
    for (const Case& row : understood) {
        const auto values = parse(tests::from_hex(row.wire));
        ASSERT_TRUE(values.has_value()) << row.name << ": " << values.error().text;
        EXPECT_TRUE(*values == row.values) << row.name;
    }
}

TEST(Amf3, BrokenOrHostileValuesAreRefusedAndNotBelieved) {
    for (const Refused& row : refused) {
        const auto values = parse(tests::from_hex(row.wire));
        ASSERT_FALSE(values.has_value()) << row.name;
        EXPECT_EQ(values.error().kind, row.kind) << row.name << ": " << values.error().text;
    }
}

std::vector<std::uint8_t> repeated(std::string_view first, int times, std::string_view piece) {
    const base::Bytes head = tests::from_hex(std::string(first).c_str());
    const base::Bytes tail = tests::from_hex(std::string(piece).c_str());
    std::vector<std::uint8_t> bytes(head.begin(), head.end());
    for (int i = 0; i < times; ++i) bytes.insert(bytes.end(), tail.begin(), tail.end());
    return bytes;
}

TEST(Amf3, AFewBytesDoNotBecomeMegabytes) {
    // Arrays within each other; each of two values, of which one is what was before: 2^n of them.
    std::string doubling = "11 09 03 01 01 ";
    for (int i = 0; i < 30; ++i) {
        const std::string before = tests::to_hex(std::vector<std::uint8_t>{static_cast<std::uint8_t>(i * 2)});
        doubling += "11 09 05 01 09 " + before + " 09 " + before + ' ';
    }
    // A string of a thousand bytes, and then a reference to it, of two, again and again.
    std::vector<std::uint8_t> echo = repeated("11 06 8f 51", 1000, "61");
    const std::vector<std::uint8_t> echoes = repeated("", 1000, "11 06 00");
    echo.insert(echo.end(), echoes.begin(), echoes.end());
    const std::vector<std::uint8_t> deep = repeated("11", 100'000, "09 03 01");
    const base::Bytes doubled = tests::from_hex(doubling.c_str());
    for (const base::ByteView bytes : {base::ByteView(doubled), base::ByteView(echo), base::ByteView(deep)}) {
        const auto values = parse(bytes);
        ASSERT_FALSE(values.has_value());
        EXPECT_EQ(values.error().kind, base::ErrorKind::too_large) << values.error().text;
    }
}

}  // namespace

}  // namespace weir::format::amf0

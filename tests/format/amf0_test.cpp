#include "format/amf0.hpp"

#include "wire/bytes.hpp"

#include <gtest/gtest.h>

namespace weir::format::amf0 {

namespace {

base::Bytes written(const Value& value) {
    base::ByteWriter out;
    write(value, out);
    return out.to_bytes();
}

struct Case {
    const char* name;
    const char* wire;
    Value value;
};

const Case understood[] = {
    {"a number", "00 40 08 00 00 00 00 00 00", 3.0},
    {"true", "01 01", true},
    {"false", "01 00", false},
    {"a string", "02 00 04 6c 69 76 65", "live"},
    {"an empty string", "02 00 00", ""},
    {"null", "05", Null{}},
    {"undefined", "06", Undefined{}},
    {"an empty object", "03 00 00 09", Object{}},
    {"an object", "03 00 03 61 70 70 02 00 04 6c 69 76 65 00 00 09", Object().set("app", "live")},
    {"an object within an object", "03 00 01 61 03 00 01 62 01 01 00 00 09 00 00 09",
     Object().set("a", Object().set("b", true))},
    {"an ECMA array", "08 00 00 00 01 00 01 61 05 00 00 09", EcmaArray{Object().set("a", Null{})}},
    {"a strict array", "0a 00 00 00 02 05 01 00", StrictArray{{Null{}, false}}},
    {"a date", "0b 40 08 00 00 00 00 00 00 00 3c", Date{3.0, 60}},
};

struct Foreign {
    const char* name;
    const char* wire;
    Value value;
};

const Foreign read_only[] = {
    {"a true that is not 1", "01 7f", true},
    {"an ECMA array that lies about its count", "08 ff ff ff ff 00 01 61 05 00 00 09",
     EcmaArray{Object().set("a", Null{})}},
    {"a long string", "0c 00 00 00 02 68 69", "hi"},
    {"an XML document", "0f 00 00 00 02 3c 3e", "<>"},
    {"a typed object", "10 00 01 54 00 01 61 05 00 00 09", Object().set("a", Null{})},
    {"an unsupported value", "0d", Undefined{}},
    {"a property without a name", "03 00 00 05 00 00 09", Object().set("", Null{})},
};

struct Refused {
    const char* name;
    const char* wire;
    base::ErrorKind kind;
};

const Refused refused[] = {
    {"a number cut short", "00 40 08", base::ErrorKind::malformed},
    {"a string cut short", "02 00 05 61", base::ErrorKind::malformed},
    {"an object without an end", "03 00 01 61 05", base::ErrorKind::malformed},
    {"an array that claims four billion values", "0a ff ff ff ff 05", base::ErrorKind::malformed},
    {"an end without an object", "09", base::ErrorKind::malformed},
    {"a reference", "07 00 00", base::ErrorKind::unsupported},
    {"a type that does not exist", "ff", base::ErrorKind::unsupported},
    {"a string that claims four gigabytes", "0c ff ff ff ff 61", base::ErrorKind::too_large},
};

TEST(Amf0, WhatClientsSayIsUnderstoodAndSaidBackTheSame) {
    for (const Case& row : understood) {
        const auto bytes = tests::from_hex(row.wire);
        const auto values = parse(bytes);
        ASSERT_TRUE(values.has_value()) << row.name << ": " << values.error().text;
        ASSERT_EQ(values->size(), 1U) << row.name;
        EXPECT_TRUE(values->front() == row.value) << row.name;
        EXPECT_EQ(tests::to_hex(written(row.value)), tests::to_hex(bytes)) << row.name;
    }
}

TEST(Amf0, OddButHarmlessEncodingsDoNotCostThePublisherTheConnection) {
    for (const Foreign& row : read_only) {
        const auto values = parse(tests::from_hex(row.wire));
        ASSERT_TRUE(values.has_value()) << row.name << ": " << values.error().text;
        ASSERT_EQ(values->size(), 1U) << row.name;
        EXPECT_TRUE(values->front() == row.value) << row.name;
    }
}

TEST(Amf0, BrokenOrHostileValuesAreRefusedAndNotBelieved) {
    for (const Refused& row : refused) {
        const auto values = parse(tests::from_hex(row.wire));
        ASSERT_FALSE(values.has_value()) << row.name;
        EXPECT_EQ(values.error().kind, row.kind) << row.name << ": " << values.error().text;
    }
}

TEST(Amf0, NestingWithoutEndCannotExhaustTheStack) {
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < 100'000; ++i) {
        bytes.insert(bytes.end(), {0x03, 0x00, 0x01, 'a'});
    }
    const auto values = parse(bytes);
    ASSERT_FALSE(values.has_value());
    EXPECT_EQ(values.error().kind, base::ErrorKind::too_large);
}

TEST(Amf0, AMillionTinyValuesAreNotStored) {
    const std::vector<std::uint8_t> bytes(1'000'000, 0x05);
    const auto values = parse(bytes);
    ASSERT_FALSE(values.has_value());
    EXPECT_EQ(values.error().kind, base::ErrorKind::too_large);
}

TEST(Amf0, AStringOfMoreThan65535BytesIsWrittenAsALongOne) {
    const Value value(std::string(70'000, 'x'));
    const auto bytes = written(value);
    EXPECT_EQ(*bytes.begin(), 0x0c);
    const auto read = parse(bytes, {.string = base::ByteCount(100'000)});
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(read->front() == value);
}

TEST(Amf0, NumbersThatAreNotNumbersSurvive) {
    const auto bytes = tests::from_hex("00 7f f8 00 00 00 00 00 01");
    const auto values = parse(bytes);
    ASSERT_TRUE(values.has_value());
    EXPECT_TRUE(written(values->front()) == bytes);
    EXPECT_TRUE(values->front() == values->front());
}

}  // namespace

}  // namespace weir::format::amf0

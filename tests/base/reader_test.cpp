#include "base/bit_reader.hpp"
#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "base/executor.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace weir::base {
namespace {

TEST(ByteReader, WhatIsWrittenIsReadBack) {
    ByteWriter writer;
    writer.u8(0x12);
    writer.u16(0x3456);
    writer.u24(0x789ABC);
    writer.u32(0xDEF01234);
    writer.u64(0x0123456789ABCDEF);
    writer.i32(-2);
    writer.u32_little_endian(0x01020304);
    writer.f64(-29.97);
    writer.text("live");
    writer.zeros(2);

    ByteReader reader(writer.view());
    EXPECT_EQ(reader.u8(), 0x12);
    EXPECT_EQ(reader.u16(), 0x3456);
    EXPECT_EQ(reader.u24(), 0x789ABCU);
    EXPECT_EQ(reader.u32(), 0xDEF01234U);
    EXPECT_EQ(reader.u64(), 0x0123456789ABCDEFU);
    EXPECT_EQ(static_cast<std::int32_t>(reader.u32().value_or(0)), -2);
    EXPECT_EQ(reader.u32_little_endian(), 0x01020304U);
    EXPECT_EQ(reader.f64(), -29.97);
    EXPECT_EQ(reader.text(4), "live");
    EXPECT_EQ(reader.remaining(), 2U);
    EXPECT_EQ(reader.rest().size(), 2U);
    EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, BytesAreInNetworkOrder) {
    ByteWriter writer;
    writer.u32(0x01020304);
    writer.u32_little_endian(0x01020304);
    const std::array<std::uint8_t, 8> expected{1, 2, 3, 4, 4, 3, 2, 1};
    EXPECT_TRUE(std::ranges::equal(writer.view(), expected));
    writer.patch_u32(4, 0x0A0B0C0D);
    EXPECT_EQ(writer.view()[4], 0x0A);
    EXPECT_EQ(writer.to_bytes().size(), 8U);
    writer.clear();
    EXPECT_EQ(writer.size(), 0U);
}

TEST(ByteReader, NothingIsReadPastTheEnd) {
    const std::array<std::uint8_t, 3> three{1, 2, 3};
    ByteReader reader(three);
    EXPECT_EQ(reader.u32().error().kind, ErrorKind::malformed);
    EXPECT_FALSE(reader.u64().has_value());
    EXPECT_FALSE(reader.take(4).has_value());
    EXPECT_FALSE(reader.skip(std::numeric_limits<std::size_t>::max()).has_value());
    EXPECT_EQ(reader.position(), 0U) << "a failed read takes nothing";
    EXPECT_TRUE(reader.skip(2).has_value());
    EXPECT_FALSE(reader.u16().has_value());
    EXPECT_EQ(reader.u8(), 3);
    EXPECT_FALSE(reader.u8().has_value());
    EXPECT_EQ(reader.take(0)->size(), 0U);
}

TEST(BitReader, ExpGolombCodesOfTheSpecification) {
    // ITU-T H.264 table 9-2: 1, 010, 011, 00100, 00101, 00110, 00111, 0001000
    const std::array<std::uint8_t, 4> bits{0b10100110, 0b01000010, 0b10011000, 0b11100010};
    BitReader reader(bits);
    for (const std::uint32_t value : {0U, 1U, 2U, 3U, 4U, 5U, 6U}) {
        EXPECT_EQ(reader.unsigned_exp_golomb(), value);
    }
    BitReader again(bits);
    for (const std::int32_t value : {0, 1, -1, 2, -2, 3, -3}) {
        EXPECT_EQ(again.signed_exp_golomb(), value);
    }
}

TEST(BitReader, TheLargestCodeAndNothingLarger) {
    const std::array<std::uint8_t, 8> largest{0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE};
    EXPECT_EQ(BitReader(largest).unsigned_exp_golomb(), 0xFFFFFFFEU);
    const std::array<std::uint8_t, 9> larger{0, 0, 0, 0, 0x80, 0, 0, 0, 0};
    EXPECT_FALSE(BitReader(larger).unsigned_exp_golomb().has_value());
}

TEST(BitReader, NothingIsReadPastTheEnd) {
    const std::array<std::uint8_t, 1> one{0b10110001};
    BitReader reader(one);
    EXPECT_EQ(reader.bits(3), 0b101U);
    EXPECT_EQ(reader.flag(), true);
    EXPECT_FALSE(reader.bits(5).has_value());
    EXPECT_EQ(reader.bits(0), 0U);
    EXPECT_TRUE(reader.skip(3).has_value());
    EXPECT_EQ(reader.flag(), true);
    EXPECT_FALSE(reader.flag().has_value());
    EXPECT_FALSE(reader.unsigned_exp_golomb().has_value());
    EXPECT_FALSE(reader.bits(33).has_value());
}

TEST(Executor, TasksRunInOrderAndMayPostMore) {
    InlineExecutor executor;
    std::string order;
    executor.post([&] {
        order += 'a';
        executor.post([&] { order += 'c'; });
    });
    executor.post([&] { order += 'b'; });
    EXPECT_EQ(order, "") << "posted is later";
    executor.drain();
    EXPECT_EQ(order, "abc");
    executor.dispatch([&] { order += 'd'; });
    EXPECT_EQ(order, "abcd") << "dispatched on its own shard is now";
}

Result<int> half(int value) {
    if (value % 2 != 0) return fail(ErrorKind::refused, "odd");
    return value / 2;
}
Result<int> quarter(int value) {
    const int halved = TRY(half(value));
    return TRY(half(halved));
}

TEST(Result, TryReturnsTheFirstError) {
    EXPECT_EQ(quarter(8), 2);
    EXPECT_EQ(quarter(6).error().text, "odd");
    EXPECT_EQ(quarter(6).error().kind, ErrorKind::refused);
    EXPECT_EQ(severity(quarter(6).error().kind), Severity::fatal);
    EXPECT_EQ(severity(ErrorKind::timed_out), Severity::transient);
    EXPECT_EQ(severity(ErrorKind::closed), Severity::end_of_input);
}

}  // namespace
}  // namespace weir::base

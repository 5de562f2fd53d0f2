#include "format/rtp.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::format::rtp {

using tests::from_hex;
using tests::to_hex;

namespace {

struct Row {
    const char* name;
    const char* datagram;
    Header header;
    const char* payload;
};
constexpr Row rows[] = {
    {"plain", "80 60 0001 00000bb8 deadbeef 0102", {false, 96, 1, 3000, 0xdeadbeef}, "0102"},
    {"marker", "80 e0 ffff ffffffff 00000001 aa", {true, 96, 0xffff, 0xffffffff, 1}, "aa"},
    {"no payload", "80 00 0000 00000000 00000000", {false, 0, 0, 0, 0}, ""},
    {"contributing sources", "82 08 0002 000000a0 00000007 11111111 22222222 55", {false, 8, 2, 160, 7}, "55"},
    {"extension", "90 60 0003 00000000 00000009 bede 0001 10aa0000 77", {false, 96, 3, 0, 9}, "77"},
    {"empty extension", "90 60 0003 00000000 00000009 abcd 0000 77", {false, 96, 3, 0, 9}, "77"},
    {"padding", "a0 60 0004 00000000 00000009 0102 00000004", {false, 96, 4, 0, 9}, "0102"},
    {"padding alone", "a0 60 0004 00000000 00000009 0002", {false, 96, 4, 0, 9}, ""},
    {"all of it", "b1 60 0005 00000000 00000009 11111111 0000 0001 deadbeef 99 01", {false, 96, 5, 0, 9}, "99"},
};

}  // namespace

TEST(Rtp, EveryFormOfTheHeaderIsRead) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto packet = parse(from_hex(row.datagram));
        ASSERT_TRUE(packet.has_value()) << packet.error().text;
        EXPECT_EQ(packet->header, row.header);
        EXPECT_EQ(to_hex(packet->payload), row.payload);
    }
}

TEST(Rtp, TheHeaderIsWrittenAsItIsRead) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        base::ByteWriter out;
        write(row.header, out);
        out.bytes(from_hex(row.payload));
        const auto packet = parse(out.to_bytes());
        ASSERT_TRUE(packet.has_value());
        EXPECT_EQ(packet->header, row.header);
        EXPECT_EQ(to_hex(packet->payload), row.payload);
    }
    base::ByteWriter out;
    write(rows[1].header, out);
    EXPECT_EQ(to_hex(out.view()), "80e0ffffffffffff00000001");
}

TEST(Rtp, WhatIsNoPacketIsRefusedAndNotReadPastItsEnd) {
    for (const Row& row : rows) {
        const base::Bytes whole = from_hex(row.datagram);
        for (std::size_t size = 0; size < header_size; ++size) EXPECT_FALSE(parse(whole.slice(0, size)).has_value());
    }
    for (const char* datagram : {
             "40 60 0001 00000000 00000001 00",                  // version 1
             "8f 60 0001 00000000 00000001 00",                  // fifteen sources, none there
             "90 60 0001 00000000 00000001 bede 0002 00000000",  // the extension is cut short
             "a0 60 0001 00000000 00000001 aabb 00",             // padding of no bytes
             "a0 60 0001 00000000 00000001 aa 09",               // more padding than there is
             "a0 60 0001 00000000 00000001",                     // padding of a packet without anything
         })
        EXPECT_FALSE(parse(from_hex(datagram)).has_value()) << datagram;
}

TEST(Rtp, ControlOnTheSamePortIsToldApart) {
    EXPECT_TRUE(is_rtcp(from_hex("80c8")));
    EXPECT_TRUE(is_rtcp(from_hex("81cb")));
    EXPECT_FALSE(is_rtcp(from_hex("8060")));
    EXPECT_FALSE(is_rtcp(from_hex("80e0"))) << "a marker and payload type 96";
    EXPECT_FALSE(is_rtcp(from_hex("80")));
}

TEST(Rtp, CountersAreFollowedThroughTheirTurnsBothWays) {
    Unwrapper<std::uint16_t> sequence;
    EXPECT_EQ(sequence.read(65'534), 65'534);
    EXPECT_EQ(sequence.read(1), 65'537);
    EXPECT_EQ(sequence.read(65'535), 65'535) << "late";
    EXPECT_EQ(sequence.peek(2), 65'538);
    EXPECT_EQ(sequence.read(0), 65'536);
    Unwrapper<std::uint32_t> stamp;
    EXPECT_EQ(stamp.read(10), 10);
    EXPECT_EQ(stamp.read(0xffff'fff0), -16) << "before the beginning";
}

}  // namespace weir::format::rtp

#include "format/rtcp.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::format::rtcp {

using tests::from_hex;
using tests::to_hex;

namespace {

struct Row {
    const char* name;
    const char* bytes;
    Message message;
};
const Row rows[] = {
    {"sender report, 6.4.1", "80c80006 deadbeef e8f0a1b2c3d4e5f6 00015f90 00000064 000186a0",
     SenderReport{.ssrc = 0xdeadbeef,
                  .time = {0xe8f0'a1b2'c3d4'e5f6},
                  .timestamp = 90'000,
                  .packets = 100,
                  .octets = 100'000,
                  .blocks = {}}},
    {"receiver report with a block, 6.4.2", "81c90007 00000001 deadbeef 40 fffffe 00010002 00000003 a1b2c3d4 00008000",
     ReceiverReport{.ssrc = 1,
                    .blocks = {{.ssrc = 0xdeadbeef,
                                .fraction_lost = 64,
                                .lost = -2,
                                .highest_sequence = 0x1'0002,
                                .jitter = 3,
                                .last_report = 0xa1b2'c3d4,
                                .since_last_report = 0x8000}}}},
    {"description, 6.5: padded to a word", "81ca0003 00000001 01 04 77656972 00 00",
     SourceDescription{.ssrc = 1, .cname = "weir"}},
    {"description that fills its word: a whole word of end", "81ca0003 00000001 01 03 616263 00 0000",
     SourceDescription{.ssrc = 1, .cname = "abc"}},
    {"goodbye, 6.6", "82cb0002 00000001 00000002", Goodbye{.ssrcs = {1, 2}, .reason = {}}},
    {"goodbye with a reason", "81cb0003 00000001 04 646f6e65 000000", Goodbye{.ssrcs = {1}, .reason = "done"}},
};

}  // namespace

TEST(Rtcp, EachMessageOfTheRfcIsReadAndWrittenBack) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto messages = parse(from_hex(row.bytes));
        ASSERT_TRUE(messages.has_value()) << messages.error().text;
        ASSERT_EQ(messages->size(), 1U);
        EXPECT_EQ(messages->front(), row.message);
        base::ByteWriter out;
        write(row.message, out);
        EXPECT_EQ(to_hex(out.view()), to_hex(from_hex(row.bytes)));
    }
}

TEST(Rtcp, ACompoundPacketGivesItsMessagesInOrderWithoutTheStrangeOnes) {
    const auto messages =
        parse(from_hex("80c90001 00000001"
                       "81ca0003 00000001 01 04 77656972 00 00"
                       "81cd0002 00000001 00000002"     // feedback, RFC 4585
                       "80cf0001 00000001"              // extended reports, RFC 3611
                       "a1cb0002 00000001 00000004"));  // a goodbye with padding
    ASSERT_TRUE(messages.has_value()) << messages.error().text;
    ASSERT_EQ(messages->size(), 3U);
    EXPECT_TRUE(std::holds_alternative<ReceiverReport>((*messages)[0]));
    EXPECT_EQ(std::get<SourceDescription>((*messages)[1]).cname, "weir");
    EXPECT_EQ(std::get<Goodbye>((*messages)[2]).ssrcs, std::vector<std::uint32_t>{1});
}

TEST(Rtcp, DescriptionsOfSeveralSourcesWithOtherItemsGiveTheirNames) {
    const auto messages =
        parse(from_hex("82ca0006 00000001 06 02 7466 01 01 61 00"  // TOOL, CNAME, end
                       "00000002 02 03 6e616d 00 00 00"));         // NAME, end, padding
    ASSERT_TRUE(messages.has_value()) << messages.error().text;
    ASSERT_EQ(messages->size(), 2U);
    EXPECT_EQ(std::get<SourceDescription>((*messages)[0]).cname, "a");
    EXPECT_EQ(std::get<SourceDescription>((*messages)[1]).cname, "");
}

TEST(Rtcp, WhatIsBrokenIsRefusedWhole) {
    for (const char* bytes : {
             "", "80",
             "40c80006 deadbeef e8f0a1b2c3d4e5f6 00015f90 00000064 000186a0",  // version 1
             "80c80007 deadbeef e8f0a1b2c3d4e5f6 00015f90 00000064 000186a0",  // longer than it is
             "80c80005 deadbeef e8f0a1b2c3d4e5f6 00015f90 00000064",           // shorter than a report
             "81c90001 00000001",                                              // a block that is not there
             "81ca0001 00000001",                                              // items without an end
             "81ca0002 00000001 01 ff 6161",                                   // an item that is longer than all
             "82cb0001 00000001",                                              // two sources, one there
             "a0cb0001 00000000",                                              // padding of no bytes
             "80c90001 00000001 80",                                           // something behind
         })
        EXPECT_FALSE(parse(from_hex(bytes)).has_value()) << bytes;
}

TEST(Rtcp, NtpTimesArePartsOfSecondsSince1900) {
    const base::WallTime epoch{};
    EXPECT_EQ(to_ntp(epoch).value, 2'208'988'800ULL << 32);
    EXPECT_EQ(to_ntp(epoch + std::chrono::milliseconds(500)).value, (2'208'988'800ULL << 32) + (1ULL << 31));
    EXPECT_EQ(to_ntp(epoch - std::chrono::milliseconds(500)).value, (2'208'988'799ULL << 32) + (1ULL << 31));
    EXPECT_EQ(to_ntp(epoch).compact(), static_cast<std::uint32_t>(2'208'988'800ULL << 16));
    const NtpTime later = to_ntp(epoch + std::chrono::milliseconds(250));
    EXPECT_EQ(between(to_ntp(epoch), later), media::Ticks::milliseconds(250));
    EXPECT_EQ(between(later, to_ntp(epoch)), media::Ticks::milliseconds(-250));
    EXPECT_EQ(between({0xffff'ffff'0000'0000}, {0x0000'0001'0000'0000}), media::Ticks::milliseconds(2000)) << "2036";
}

TEST(Rtcp, MoreThanAPacketCanSayIsCut) {
    base::ByteWriter out;
    write(ReceiverReport{.ssrc = 1, .blocks = std::vector<ReportBlock>(40)}, out);
    write(SourceDescription{.ssrc = 1, .cname = std::string(300, 'x')}, out);
    const auto messages = parse(out.view());
    ASSERT_TRUE(messages.has_value()) << messages.error().text;
    EXPECT_EQ(std::get<ReceiverReport>((*messages)[0]).blocks.size(), 31U);
    EXPECT_EQ(std::get<SourceDescription>((*messages)[1]).cname.size(), 255U);
}

}  // namespace weir::format::rtcp

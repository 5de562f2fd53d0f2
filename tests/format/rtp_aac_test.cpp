#include "format/rtp_aac.hpp"

#include "format/rtp_fixtures.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using media::Codec;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

Format aac(std::vector<sdp::Attribute> parameters = {}) {
    std::vector<sdp::Attribute> all{
        {"mode", "AAC-hbr"}, {"config", "1190"}, {"sizelength", "13"}, {"indexlength", "3"}, {"indexdeltalength", "3"}};
    for (sdp::Attribute& one : parameters) {
        std::erase_if(all, [&](const sdp::Attribute& known) { return known.name == one.name; });
        all.push_back(std::move(one));
    }
    return {.codec = Codec::aac, .clock = 48'000, .channels = 2, .parameters = std::move(all)};
}

struct Row {
    const char* name;
    Format format;
    std::string payload;
    std::vector<std::string> units;
};
// RFC 3640 3.2 and 3.3.
const Row rows[] = {
    {"one frame", aac(), "0010 0018 210a0b", {"9000*210a0b"}},
    {"three frames", aac(), "0030 0010 0018 0008 2101 210a0b 21", {"9000*2101", "10024*210a0b", "11048*21"}},
    {"low bit rate",
     aac({{"mode", "AAC-lbr"}, {"sizelength", "6"}, {"indexlength", "2"}, {"indexdeltalength", "2"}}),
     "0010 0c08 210a0b 2101",
     {"9000*210a0b", "10024*2101"}},
    {"nothing but the mode",
     {.codec = Codec::aac, .clock = 48'000, .channels = 2, .parameters = {{"config", "1190"}}},
     "0010 0018 210a0b",
     {"9000*210a0b"}},
    {"time deltas", aac({{"ctsdeltalength", "4"}, {"dtsdeltalength", "4"}}), "0018 0018 78 210a0b", {"9000*210a0b"}},
    {"auxiliary data", aac({{"auxiliarydatasizelength", "8"}}), "0010 0018 09 aabb 210a0b", {"9000*210a0b"}},
};

}  // namespace

TEST(RtpAac, EveryFormOfHeadersGivesTheFramesAndTheirTimes) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Listener listener(row.format);
        Sender sender;
        ASSERT_EQ(listener.tracks.size(), 1U);
        EXPECT_EQ(listener.tracks[0], track(Codec::aac, "1190"));
        listener.hear(sender.packets({9000, {row.payload}}));
        EXPECT_THAT(listener.take_units(), testing::ElementsAreArray(row.units)) << listener.refusal();
    }
}

TEST(RtpAac, AFrameInPartsIsPutTogether) {
    Listener listener(aac());
    Sender sender;
    listener.hear(sender.packets({9000, {"0010 0028 2101", "0010 0028 0203", "0010 0028 04"}}));
    EXPECT_THAT(listener.take_units(), ElementsAre("9000*2101020304"));
}

TEST(RtpAac, APartThatIsLostCostsItsFrameAndNothingMore) {
    for (std::size_t lost = 0; lost < 3; ++lost) {
        Listener listener(aac());
        Sender sender;
        auto packets = sender.packets({9000, {"0010 0028 2101", "0010 0028 0203", "0010 0028 04"}});
        packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(lost));
        listener.hear(packets);
        listener.hear(sender.packets({10'024, {"0010 0010 2199"}}));
        EXPECT_THAT(listener.take_units(), ElementsAre("10024*2199")) << lost;
        EXPECT_GE(listener.counts().frames_dropped, 1U);
    }
}

TEST(RtpAac, BrokenPacketsAreCountedAndPassedOver) {
    for (const char* broken : {"00", "0000 21", "0010", "0010 0018 21", "0020 0010 0018 2101 21", "ffff 0010 21",
                               "0020 0010 0009 2101 21"}) {
        SCOPED_TRACE(broken);
        Listener listener(aac());
        Sender sender;
        listener.hear(sender.packets({0, {broken}}));
        listener.hear(sender.packets({9000, {"0010 0010 2199"}}));
        EXPECT_EQ(listener.take_units().back(), "9000*2199");
        EXPECT_GE(listener.counts().payloads_refused + listener.counts().frames_dropped, 1U);
    }
}

TEST(RtpAac, WithoutAConfigTheMapSaysWhatItIs) {
    const Listener listener({.codec = Codec::aac, .clock = 44'100, .channels = 1});
    ASSERT_EQ(listener.tracks.size(), 1U);
    EXPECT_EQ(listener.tracks[0], track(Codec::aac, "1208"));
}

TEST(RtpAac, ParametersThatAskForWhatIsNotServedAreRefusedInWords) {
    for (const auto& [name, value] : {std::pair("constantsize", "100"),
                                      {"sizelength", "0"},
                                      {"indexlength", "99"},
                                      {"sizelength", "x"},
                                      {"config", "zz"},
                                      {"config", "ff"}})
        EXPECT_FALSE(create_depacketizer(aac({{name, value}})).has_value()) << name << value;
}

TEST(RtpAac, WhatIsSentIsWhatIsHeard) {
    for (const std::size_t size : {1UZ, 96UZ, 97UZ, 1000UZ, 8191UZ}) {
        AacPacketizer packetizer(100);
        const std::string frame = filler(size, 0x21);
        const auto cut = payloads_of(packetizer, from_hex(frame), true);
        std::vector<std::string> payloads;
        for (const auto& [payload, marker] : cut) {
            EXPECT_LE(payload.size(), 200U);
            payloads.push_back(payload);
        }
        EXPECT_TRUE(cut.back().second) << "the marker says that a frame ends";
        Listener listener(aac());
        Sender sender;
        listener.hear(sender.packets({7, payloads}));
        EXPECT_THAT(listener.take_units(), ElementsAre("7*" + frame));
    }
    AacPacketizer packetizer(100);
    EXPECT_THAT(payloads_of(packetizer, from_hex(filler(8192)), true), IsEmpty()) << "no header can say its size";
}

}  // namespace weir::format::rtp

#include "format/rtp_vpx.hpp"

#include "format/rtp_fixtures.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using media::Codec;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

// Heads of frames of libvpx, 320x180.
const std::string vp8_key = "3051009d012a4001b400004708858588";
const std::string vp8_inter = "b106001510ac0018";
const std::string vp9_key = "824983420013f00b360c38241c18";
const std::string vp9_inter = "860040929c185000";

struct Row {
    const char* name;
    Codec codec;
    std::vector<std::string> payloads;
    std::string unit;
};
const Row rows[] = {
    // RFC 7741 4.2
    {"VP8, plain descriptor", Codec::vp8, {"10" + vp8_key}, vp8_key},
    {"VP8, two parts", Codec::vp8, {"10" + vp8_key.substr(0, 20), "00" + vp8_key.substr(20)}, vp8_key},
    {"VP8, two partitions", Codec::vp8, {"10" + vp8_key.substr(0, 20), "11" + vp8_key.substr(20)}, vp8_key},
    {"VP8, short picture id", Codec::vp8, {"90 80 11" + vp8_key}, vp8_key},
    {"VP8, long picture id", Codec::vp8, {"90 80 8111" + vp8_key}, vp8_key},
    {"VP8, all extensions", Codec::vp8, {"90 f0 8111 22 33" + vp8_key}, vp8_key},
    {"VP8, temporal layer alone", Codec::vp8, {"90 20 40" + vp8_key}, vp8_key},
    // RFC 9628 4.2
    {"VP9, plain descriptor", Codec::vp9, {"0c" + vp9_key}, vp9_key},
    {"VP9, two parts", Codec::vp9, {"08" + vp9_key.substr(0, 20), "04" + vp9_key.substr(20)}, vp9_key},
    {"VP9, long picture id", Codec::vp9, {"8c 8111" + vp9_key}, vp9_key},
    {"VP9, layers and TL0PICIDX", Codec::vp9, {"ac 8111 20 07" + vp9_key}, vp9_key},
    {"VP9, flexible with three references", Codec::vp9, {"fc 11 20 030504" + vp9_key}, vp9_key},
    {"VP9, structure with a size", Codec::vp9, {"8e 11 10 0140 00b4" + vp9_key}, vp9_key},
    {"VP9, structure with pictures", Codec::vp9, {"8e 11 18 0140 00b4 02 04 01 18 0102" + vp9_key.substr(0)}, vp9_key},
    {"VP9, two spatial layers become a superframe",
     Codec::vp9,
     {"ac 11 00 07" + vp9_key, "ac 11 03 07" + vp9_inter},
     vp9_key + vp9_inter + "d90e00000008000000d9"},
};

}  // namespace

TEST(RtpVpx, EveryDescriptorGivesTheFrameThatWasSent) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Listener listener({.codec = row.codec});
        Sender sender;
        listener.hear(sender.packets({9000, row.payloads}));
        ASSERT_EQ(listener.tracks.size(), 1U) << listener.refusal();
        EXPECT_EQ(listener.tracks[0].width, 320U);
        EXPECT_EQ(listener.tracks[0].height, 180U);
        EXPECT_THAT(listener.take_units(), ElementsAre("9000*" + row.unit));
    }
}

TEST(RtpVpx, WhatIsBrokenCostsItsGroup) {
    const auto expect_damage = [](Codec codec, const std::string& key, const std::vector<std::string>& broken) {
        SCOPED_TRACE(broken[0]);
        Listener listener({.codec = codec});
        Sender sender;
        listener.hear(sender.packets({0, {key}}));
        listener.hear(sender.packets({3000, broken}));
        listener.hear(sender.packets({6000, {key}}));
        EXPECT_EQ(listener.take_units().size(), 2U);
        EXPECT_EQ(listener.counts().groups_damaged, 1U);
        EXPECT_EQ(listener.counts().payloads_refused, 1U);
    };
    for (const char* broken : {"10", "90", "9080", "908081", "90f0811122", "00b1"})
        expect_damage(Codec::vp8, "10" + vp8_key, {broken});
    expect_damage(Codec::vp8, "10" + vp8_key, {"10" + vp8_inter, "10" + vp8_inter});
    for (const char* broken : {"0c", "8c", "8c81", "ac11", "ac1120", "fc112003", "8e1110", "8e111802", "0486"})
        expect_damage(Codec::vp9, "0c" + vp9_key, {broken});
    expect_damage(Codec::vp9, "0c" + vp9_key, std::vector<std::string>(9, "0c" + vp9_inter));
}

TEST(RtpVpx, BehindALossOnlyTheStartOfAKeyframeIsAWayOut) {
    for (const auto& [codec, key] : {std::pair(Codec::vp8, "10" + vp8_key), std::pair(Codec::vp9, "0c" + vp9_key)}) {
        Listener listener({.codec = codec});
        Sender sender;
        listener.hear(sender.packets({0, {key}}));
        (void)sender.packets({3000, {key}});
        listener.hear(sender.packets({6000, {key}}));
        EXPECT_EQ(listener.take_units().size(), 2U);
        (void)sender.packets({9000, {key}});
        listener.hear(sender.packets({9000, {"00" + key.substr(2)}}));
        EXPECT_THAT(listener.take_units(), IsEmpty());
    }
}

TEST(RtpVpx, WhatIsSentIsWhatIsHeard) {
    for (const std::size_t size : {1UZ, 80UZ, 500UZ, 5000UZ}) {
        const std::string vp8 = vp8_key + filler(size);
        Vp8Packetizer of_vp8(100);
        const auto expect_back = [](Codec codec, Packetizer& packetizer, const std::string& frame) {
            const auto cut = payloads_of(packetizer, from_hex(frame), true);
            std::vector<std::string> payloads;
            for (const auto& [payload, marker] : cut) {
                EXPECT_LE(payload.size(), 200U);
                payloads.push_back(payload);
            }
            EXPECT_TRUE(cut.back().second);
            Listener listener({.codec = codec});
            Sender sender;
            listener.hear(sender.packets({7, payloads}));
            EXPECT_THAT(listener.take_units(), ElementsAre("7*" + frame));
        };
        expect_back(Codec::vp8, of_vp8, vp8);
        Vp9Packetizer of_vp9(100);
        expect_back(Codec::vp9, of_vp9, vp9_key + filler(size));
    }
}

TEST(RtpVpx, PicturesAreNumberedAndOnlyKeyframesNeedNoOther) {
    Vp9Packetizer packetizer(100);
    EXPECT_THAT(payloads_of(packetizer, from_hex(vp9_key), true), ElementsAre(std::pair("8c8000" + vp9_key, true)));
    EXPECT_THAT(payloads_of(packetizer, from_hex(vp9_inter), false),
                ElementsAre(std::pair("cc8001" + vp9_inter, true)));
}

}  // namespace weir::format::rtp

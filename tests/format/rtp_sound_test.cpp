#include "format/rtp_sound.hpp"

#include "format/rtp_fixtures.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using media::Codec;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// A frame of layer III, 128 kbit/s, 44.1 kHz, stereo: 417 bytes. And one of layer II, 192 kbit/s, 48 kHz: 576 bytes.
const std::string mp3 = "fffb9000" + filler(413, 1);
const std::string mp2 = "fffda400" + filler(572, 1);

}  // namespace

TEST(RtpSound, OpusIsAPacketAFrameOfTwoChannelsUnlessItSaysOne) {
    Listener listener({.codec = Codec::opus, .clock = 48'000, .channels = 2});
    Sender sender;
    ASSERT_EQ(listener.tracks.size(), 1U);
    EXPECT_EQ(listener.tracks[0].sample_rate, 48'000U);
    EXPECT_EQ(listener.tracks[0].channels, 2U);
    listener.hear(sender.packets({960, {"fc0102"}}));
    EXPECT_THAT(listener.take_units(), ElementsAre("960*fc0102"));
    const Listener mono({.codec = Codec::opus, .clock = 48'000, .parameters = {{"sprop-stereo", "0"}}});
    EXPECT_EQ(mono.tracks[0].channels, 1U);
}

TEST(RtpSound, G711IsWhatTheMapSays) {
    for (const Codec codec : {Codec::pcma, Codec::pcmu}) {
        Listener listener({.payload_type = 8, .codec = codec, .clock = 8'000, .channels = 1});
        Sender sender;
        ASSERT_EQ(listener.tracks.size(), 1U);
        EXPECT_EQ(listener.tracks[0], track(codec, "00001f4001"));
        listener.hear(sender.packets({160, {"d5d5d5"}}));
        EXPECT_THAT(listener.take_units(), ElementsAre("160*d5d5d5"));
    }
}

TEST(RtpSound, FramesOfMpegAudioAreTakenApartAndTimed) {
    Listener listener({.payload_type = 14, .codec = Codec::mp3, .channels = 2});
    Sender sender;
    EXPECT_THAT(listener.tracks, IsEmpty());
    listener.hear(sender.packets({9000, {"00000000" + mp3 + mp3}}));
    ASSERT_EQ(listener.tracks.size(), 1U);
    EXPECT_EQ(listener.tracks[0].codec, Codec::mp3);
    EXPECT_EQ(listener.tracks[0].sample_rate, 44'100U);
    EXPECT_THAT(listener.take_units(), ElementsAre("9000*" + mp3, "11351*" + mp3));
    listener.hear(sender.packets({18'000, {"00000000" + mp2}}));
    ASSERT_EQ(listener.tracks.size(), 2U) << "the other layer is another codec";
    EXPECT_EQ(listener.tracks[1].codec, Codec::mp2);
}

TEST(RtpSound, AFrameOfMpegAudioInPartsIsPutTogetherUnlessOneIsMissing) {
    const std::vector<std::string> parts{"00000000" + mp2.substr(0, 400), "000000c8" + mp2.substr(400, 400),
                                         "00000190" + mp2.substr(800)};
    for (std::size_t lost = 0; lost < 4; ++lost) {
        Listener listener({.payload_type = 14, .codec = Codec::mp3});
        Sender sender;
        auto packets = sender.packets({9000, parts});
        if (lost < packets.size()) packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(lost));
        listener.hear(packets);
        listener.hear(sender.packets({18'000, {"00000000" + mp3}}));
        const auto units = listener.take_units();
        ASSERT_EQ(units.size(), lost < 3 ? 1U : 2U) << lost;
        EXPECT_EQ(units.back(), "18000*" + mp3);
        if (lost == 3) EXPECT_EQ(units.front(), "9000*" + mp2);
    }
}

TEST(RtpSound, WhatIsNoMpegAudioIsCountedAndPassedOver) {
    for (const char* broken : {"0000", "00000000 fffb", "00000000 12345678", "00000000 fff79000", "00000005 aabb"}) {
        Listener listener({.payload_type = 14, .codec = Codec::mp3});
        Sender sender;
        listener.hear(sender.packets({0, {broken}}));
        EXPECT_EQ(listener.counts().payloads_refused, 1U) << broken;
        listener.hear(sender.packets({18'000, {"00000000" + mp3}}));
        EXPECT_EQ(listener.take_units().size(), 1U) << broken;
    }
}

TEST(RtpSound, WhatIsSentIsWhatIsHeard) {
    for (const std::string& frame : {mp3, mp2}) {
        MpegAudioPacketizer packetizer(200);
        std::vector<std::string> payloads;
        for (const auto& [payload, marker] : payloads_of(packetizer, from_hex(frame), true)) {
            EXPECT_LE(payload.size(), 400U);
            payloads.push_back(payload);
        }
        Listener listener({.payload_type = 14, .codec = Codec::mp3});
        Sender sender;
        listener.hear(sender.packets({7, payloads}));
        EXPECT_THAT(listener.take_units(), ElementsAre("7*" + frame));
    }
    WholeFramePacketizer packetizer;
    EXPECT_THAT(payloads_of(packetizer, from_hex("fc0102"), true), ElementsAre(std::pair("fc0102", false)));
}

}  // namespace weir::format::rtp

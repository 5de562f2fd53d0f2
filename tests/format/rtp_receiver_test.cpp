#include "format/rtp_receiver.hpp"

#include "format/rtp_session.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace std::chrono_literals;
using namespace test;
using media::Ticks;
using testing::ElementsAre;
using Transport = Receiver::Transport;

TEST(RtpReceiver, WhatIsSentComesOutWholeInOrderAndInStep) {
    Studio studio;
    Ear ear(studio.tracks(), Transport::ordered);
    ASSERT_EQ(ear.tracks.size(), 2U);
    EXPECT_EQ(ear.tracks[0], studio.tracks().tracks[0]);
    EXPECT_EQ(ear.tracks[1], studio.tracks().tracks[1]);
    // The packets of sound are on their way for longer.
    for (int i = 0; i < 60; ++i) {
        ear.hear(studio.next_picture(), 33ms * i);
        ear.hear(studio.next_sound(), 33ms * i + 20ms);
    }
    ASSERT_EQ(ear.samples.size(), 120U);
    std::optional<Ticks> settled;  ///< how far the receiver's clock is from the source's
    for (const Sample& sample : ear.samples) {
        const auto sent = studio.sent().find({sample.track, std::string(base::as_text(sample.payload))});
        ASSERT_NE(sent, studio.sent().end());
        EXPECT_EQ(sample.keyframe, sent->second.keyframe);
        EXPECT_EQ(sample.composition_offset, Ticks());
        const Ticks offset = sample.dts - sent->second.dts;
        if (sent->second.dts < Ticks::milliseconds(500)) continue;
        if (!settled) settled = offset;
        EXPECT_EQ(offset.to_milliseconds(), settled->to_milliseconds()) << "sender reports came with the packets";
    }
    for (std::size_t medium = 0; medium < 2; ++medium) {
        const ReceptionCounts counts = ear.receiver.counts(medium);
        EXPECT_EQ(counts.samples, 60U);
        EXPECT_EQ(counts.malformed + counts.jitter.lost + counts.frames.frames_dropped, 0U);
        EXPECT_EQ(counts.packets, counts.jitter.received);
    }
}

TEST(RtpReceiver, DatagramsOfOthersAreCountedAndPassedOver) {
    Studio studio;
    Ear ear(studio.tracks(), Transport::unordered);
    ear.hear({0, false, from_hex("")}, 0ms);
    ear.hear({0, false, from_hex("0102030405060708090a0b0c0d0e")}, 0ms);
    ear.hear({0, false, from_hex("80610001 00000bb8 deadbeef 0102")}, 0ms);  // another payload type
    ear.hear({0, true, from_hex("80c80001 00000000")}, 0ms);
    EXPECT_EQ(ear.receiver.counts(0).malformed, 4U);
    ear.hear(studio.next_picture(), 0ms);
    ear.hear({0, false, from_hex("80600001 00000bb8 deadbeef 0102")}, 0ms);  // another source
    ear.hear(studio.next_picture(), 0ms);
    ear.tick(1s);
    EXPECT_EQ(ear.samples.size(), 2U);
    EXPECT_EQ(ear.receiver.counts(0).malformed, 5U);
}

TEST(RtpReceiver, AnotherSourceInItsPlaceIsFollowedFromItsFirstPacket) {
    Studio first;
    Ear ear(first.tracks(), Transport::ordered);
    for (int i = 0; i < 40; ++i) ear.hear(first.next_picture(), 33ms * i);
    const std::size_t before = ear.samples.size();
    Studio second;
    for (int i = 0; i < 40; ++i)
        for (Datagram& datagram : second.next_picture()) {
            base::ByteWriter other;
            other.bytes(datagram.bytes.view().first(datagram.is_control ? 4 : 8));
            other.u32(0x1234'5678);
            other.bytes(datagram.bytes.view().subspan(datagram.is_control ? 8 : 12));
            ear.hear({datagram.medium, datagram.is_control, other.to_bytes()}, 33ms * (40 + i));
        }
    ASSERT_EQ(ear.samples.size(), before + 40);
    EXPECT_NEAR((ear.samples[before].dts - ear.samples[0].dts).to_seconds(), 1.32, 0.01) << "by when it came";
}

TEST(RtpReceiver, AGoodbyeLetsOutWhatWaitsAndSaysSo) {
    Studio studio;
    Ear ear(studio.tracks(), Transport::unordered);
    const auto first = studio.next_sound();
    ear.hear(first, -1s);
    ear.tick(0s);
    (void)studio.next_sound();
    ear.hear(studio.next_sound(), 43ms);
    EXPECT_EQ(ear.samples.size(), 1U);
    base::ByteWriter goodbye;
    rtcp::write(rtcp::Goodbye{.ssrcs = {parse(first.back().bytes)->header.ssrc}, .reason = {}}, goodbye);
    ear.hear({1, true, goodbye.to_bytes()}, 44ms);
    EXPECT_EQ(ear.samples.size(), 2U);
    EXPECT_THAT(ear.left, ElementsAre(2U));
}

TEST(RtpReceiver, ReportsSayWhatWasHeard) {
    Studio studio;
    Ear ear(studio.tracks(), Transport::unordered);
    base::ByteWriter out;
    ear.receiver.write_report(1, "me", {base::Instant(0ms), {}}, out);
    EXPECT_EQ(out.size(), 0U) << "nothing was";
    std::uint32_t ssrc = 0;
    for (int i = 0; i < 10; ++i)
        for (const Datagram& datagram : studio.next_sound()) {
            if (!datagram.is_control) ssrc = parse(datagram.bytes)->header.ssrc;
            if (i != 4 && i != 7) ear.hear(datagram, 21ms * i);
        }
    ear.tick(2s);
    ear.receiver.write_report(1, "me", {base::Instant(2s), {}}, out);
    const auto messages = rtcp::parse(out.view());
    ASSERT_TRUE(messages.has_value());
    ASSERT_EQ(messages->size(), 2U);
    const auto& report = std::get<rtcp::ReceiverReport>((*messages)[0]);
    EXPECT_EQ(report.ssrc, 99U);
    ASSERT_EQ(report.blocks.size(), 1U);
    EXPECT_EQ(report.blocks[0].ssrc, ssrc);
    EXPECT_EQ(report.blocks[0].lost, 2);
    EXPECT_EQ(report.blocks[0].fraction_lost, 51);  // a fifth of 256
    EXPECT_EQ(report.blocks[0].highest_sequence, 9U);
    EXPECT_NE(report.blocks[0].last_report, 0U);
    EXPECT_EQ(report.blocks[0].since_last_report, 2U * 65'536);
    EXPECT_EQ(std::get<rtcp::SourceDescription>((*messages)[1]).cname, "me");
    out.clear();
    ear.receiver.write_report(1, "me", {base::Instant(3s), {}}, out);
    EXPECT_EQ(std::get<rtcp::ReceiverReport>(rtcp::parse(out.view())->front()).blocks[0].fraction_lost, 0)
        << "since the last report nothing was lost";
}

TEST(RtpReceiver, WhatCannotBeServedIsNotAdded) {
    Receiver receiver(Transport::ordered, 1, {});
    EXPECT_FALSE(receiver.add({.codec = media::Codec::flac}, 2).has_value());
    EXPECT_EQ(receiver.media(), 0U);
}

}  // namespace weir::format::rtp

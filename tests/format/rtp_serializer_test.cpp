#include "format/rtp_serializer.hpp"

#include "format/rtcp.hpp"
#include "format/rtp_session.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using media::Codec;
using media::Ticks;

namespace {

base::Bytes take(base::SlabWriter& out) {
    base::ByteWriter all;
    for (const base::Bytes& run : out.take()) all.bytes(run);
    return all.to_bytes();
}

std::vector<InterleavedFrame> frames_of(const base::Bytes& bytes) {
    std::vector<InterleavedFrame> frames;
    base::ByteView rest = bytes;
    while (const auto frame = take_frame(rest)) frames.push_back(*frame);
    EXPECT_TRUE(rest.empty());
    return frames;
}

const rtcp::SenderReport& report_in(const InterleavedFrame& frame, std::vector<rtcp::Message>& messages) {
    messages = rtcp::parse(frame.packet).value();
    return std::get<rtcp::SenderReport>(messages.front());
}

}  // namespace

TEST(RtpSerializer, AFrameIsTakenOutOfTheLogWhenItIsWhole) {
    const base::Bytes bytes = from_hex("24 03 0002 aabb 24 00 0001 cc 24 00 0005 dd");
    base::ByteView rest = bytes;
    const auto first = take_frame(rest);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->channel, 3);
    EXPECT_EQ(to_hex(first->packet), "aabb");
    EXPECT_EQ(to_hex(take_frame(rest)->packet), "cc");
    EXPECT_FALSE(take_frame(rest).has_value());
    EXPECT_EQ(rest.size(), 5U);
    base::ByteView request = base::as_bytes("GET_PARAMETER *");
    EXPECT_FALSE(take_frame(request).has_value());
}

TEST(RtpSerializer, AGreetingPutsWhoJoinsInStepAtOnce) {
    const media::TrackSet tracks{{track(Codec::h264, h264_record), track(Codec::aac, "1190")}};
    StreamWriter writer(Ticks::milliseconds(1000));
    base::SlabWriter out(64U << 10);
    writer.begin(tracks, out);
    EXPECT_TRUE(take(out).empty());
    writer.tracks(tracks, Ticks::milliseconds(3000), out);
    const base::Bytes bytes = take(out);
    const auto frames = frames_of(bytes);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].channel, 1);
    EXPECT_EQ(frames[1].channel, 3);
    std::vector<rtcp::Message> kept[2];
    const auto& video = report_in(frames[0], kept[0]);
    const auto& audio = report_in(frames[1], kept[1]);
    EXPECT_EQ(video.timestamp, 180'000U);
    EXPECT_EQ(audio.timestamp, 96'000U);
    EXPECT_EQ(video.time, audio.time);
    EXPECT_NE(video.ssrc, audio.ssrc);
}

TEST(RtpSerializer, PacketsAreNumberedStampedAndMarkedAndFitTheWay) {
    Studio studio;
    std::map<std::size_t, std::uint16_t> next;
    for (int i = 0; i < 31; ++i) {
        const auto datagrams = studio.next_picture();
        EXPECT_EQ(datagrams.front().is_control, i % 30 == 0) << "a report with each keyframe";
        for (const Datagram& datagram : datagrams) {
            EXPECT_LE(datagram.bytes.size(), packet_size);
            if (datagram.is_control) continue;
            const Packet packet = parse(datagram.bytes).value();
            EXPECT_EQ(packet.header.payload_type, 96);
            EXPECT_EQ(packet.header.sequence, next[datagram.medium]++);
            EXPECT_EQ(packet.header.timestamp, 450'000U + 3000U * static_cast<std::uint32_t>(i));
            EXPECT_EQ(packet.header.marker, &datagram == &datagrams.back());
        }
    }
}

TEST(RtpSerializer, SoundAloneIsReportedOnceASecond) {
    Studio studio;
    std::size_t reports = 0;
    for (int i = 0; i < 470; ++i) reports += studio.next_sound().front().is_control ? 1 : 0;  // ten seconds
    EXPECT_EQ(reports, 10U);
}

TEST(RtpSerializer, ATrackThatRtpCannotCarryIsLeftOut) {
    media::Track flac{.id = 2, .kind = media::Kind::audio, .codec = Codec::flac};
    flac.config = from_hex("00");
    StreamWriter writer{Ticks()};
    base::SlabWriter out(64U << 10);
    writer.tracks({{flac}}, {}, out);
    writer.write({.track = 2, .payload = from_hex("0102")}, flac, out);
    EXPECT_TRUE(take(out).empty());
}

TEST(RtpSerializer, OtherParameterSetsAreSentWithTheNextKeyframe) {
    media::Track first = track(Codec::h264, h264_record);
    const media::Track second = track(Codec::h264, Studio::baseline);
    StreamWriter writer{Ticks()};
    base::SlabWriter out(64U << 10);
    const auto sets_of = [&](const media::Track& one) {
        writer.write({.track = 1, .keyframe = true, .payload = from_hex("00000003658801")}, one, out);
        const base::Bytes bytes = take(out);
        return to_hex(parse(base::Bytes::copy_of(frames_of(bytes).back().packet)).value().payload);
    };
    EXPECT_NE(sets_of(first).find("6764001f"), std::string::npos);
    EXPECT_NE(sets_of(second).find("6742c00c"), std::string::npos);
}

}  // namespace weir::format::rtp

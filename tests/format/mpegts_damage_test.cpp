// What a broken wire and a careless encoder do to a transport stream, and what viewers must not notice of it.
#include "format/mpegts_pictures.hpp"

#include <gtest/gtest.h>

namespace weir::format::mpegts {

namespace {

using namespace test;

/// The stream without packet `lost`.
std::vector<std::uint8_t> without(const Builder& stream, std::size_t lost) {
    auto bytes = stream.copy();
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(lost * packet_size);
    bytes.erase(at, at + packet_size);
    return bytes;
}

/// Two groups of three pictures with sound beside them; each picture but the keyframes is of three packets.
struct Groups {
    Groups() {
        stream.association();
        stream.map(both);
        for (std::uint64_t i = 0; i < 6; ++i) {
            first_packet.push_back(stream.packets());
            stream.pes(video_pid, {.pts = i * frame}, i % 3 == 0 ? keyframe() : picture(500));
            stream.pes(audio_pid, {.pts = i * 1920}, adts_frame(static_cast<std::uint8_t>(i)));
        }
    }
    Builder stream;
    std::vector<std::size_t> first_packet;  ///< of each picture
};

/// As `base` says, each packet behind `before` bytes and before `behind`.
std::vector<std::uint8_t> wrapped(const Builder& stream, std::size_t before, std::size_t behind) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < stream.packets(); ++i) {
        bytes.insert(bytes.end(), before, 0x11);
        const base::ByteView packet = stream.bytes().subspan(i * packet_size, packet_size);
        bytes.insert(bytes.end(), packet.begin(), packet.end());
        bytes.insert(bytes.end(), behind, 0x22);
    }
    return bytes;
}

}  // namespace

TEST(MpegTsDamage, NoPictureWithAHoleIsShownNorAnyThatNeedsIt) {
    const Groups groups;
    for (std::size_t part = 0; part < 3; ++part) {
        Demuxer demuxer;
        const Heard heard = hear(demuxer, without(groups.stream, groups.first_packet[1] + part));
        EXPECT_EQ(times(heard.of(1)), (std::vector<std::uint64_t>{0, 3 * frame, 4 * frame, 5 * frame})) << part;
        EXPECT_EQ(heard.of(2).size(), 6U) << "sound has its own packets";
        EXPECT_EQ(demuxer.faults().lost, 1U);
        EXPECT_GE(demuxer.faults().frames_dropped, 1U);
    }
}

TEST(MpegTsDamage, AKeyframeThatIsLostTakesItsGroupAlong) {
    const Groups groups;
    const Heard heard = hear(without(groups.stream, groups.first_packet[3]));
    EXPECT_EQ(times(heard.of(1)), (std::vector<std::uint64_t>{0, frame, 2 * frame}));
}

TEST(MpegTsDamage, AFrameOfSoundThatIsLostIsLostAlone) {
    const Groups groups;
    const Heard heard = hear(without(groups.stream, groups.first_packet[2] - 1));
    EXPECT_EQ(times(heard.of(2)), (std::vector<std::uint64_t>{0, 2 * 1920, 3 * 1920, 4 * 1920, 5 * 1920}));
    EXPECT_EQ(heard.of(1).size(), 6U);
}

TEST(MpegTsDamage, ASourceThatNeverSendsAnotherKeyframeIsShownAgainAfterTenSeconds) {
    Builder stream;
    begin(stream, 1, 0);
    const std::size_t lost = stream.packets();
    for (std::uint64_t i = 1; i < 12; ++i) stream.pes(video_pid, {.pts = i * 90'000}, picture());
    Demuxer demuxer;
    const Heard heard = hear(demuxer, without(stream, lost));
    EXPECT_EQ(times(heard.samples), (std::vector<std::uint64_t>{0}));
    stream.pes(video_pid, {.pts = 12 * 90'000}, picture());
    EXPECT_EQ(times(hear(without(stream, lost)).samples), (std::vector<std::uint64_t>{0, 12 * 90'000}));
}

TEST(MpegTsDamage, PacketsThatComeTwiceAreTakenOnce) {
    const Groups groups;
    std::vector<std::uint8_t> twice;
    for (std::size_t i = 0; i < groups.stream.packets(); ++i)
        for (int copy = 0; copy < 2; ++copy) {
            const base::ByteView packet = groups.stream.bytes().subspan(i * packet_size, packet_size);
            twice.insert(twice.end(), packet.begin(), packet.end());
        }
    Demuxer demuxer;
    const Heard heard = hear(demuxer, twice);
    EXPECT_EQ(heard.samples.size(), 12U);
    EXPECT_EQ(demuxer.faults().duplicated, groups.stream.packets());
    EXPECT_EQ(demuxer.faults().lost, 0U);
}

TEST(MpegTsDamage, APacketThatSaysItIsDamagedIsNotBelieved) {
    const Groups groups;
    auto bytes = groups.stream.copy();
    bytes[(groups.first_packet[1] + 1) * packet_size + 1] |= 0x80;
    Demuxer demuxer;
    const Heard heard = hear(demuxer, bytes);
    EXPECT_EQ(times(heard.of(1)), (std::vector<std::uint64_t>{0, 3 * frame, 4 * frame, 5 * frame}));
    EXPECT_EQ(demuxer.faults().damaged, 1U);
}

TEST(MpegTsDamage, AnEncoderThatSaysItStartsAnewHasLostNothing) {
    Builder stream;
    begin(stream, 1);
    Builder again;
    again.pes(video_pid, {.pts = 5}, keyframe(), true, {.discontinuity = true});
    auto bytes = stream.copy();
    bytes.insert(bytes.end(), again.bytes().begin(), again.bytes().end());
    Demuxer demuxer;
    EXPECT_EQ(hear(demuxer, bytes).samples.size(), 2U);
    EXPECT_EQ(demuxer.faults().lost, 0U);
}

TEST(MpegTsDamage, BytesBetweenPacketsArePassedOver) {
    const Groups groups;
    auto bytes = groups.stream.copy();
    const std::vector<std::uint8_t> rubbish(77, 0x47);
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(groups.first_packet[3] * packet_size), rubbish.begin(),
                 rubbish.end());
    bytes.insert(bytes.begin(), 1000, 0x11);
    Demuxer demuxer;
    const Heard heard = hear(demuxer, bytes);
    EXPECT_GE(heard.of(1).size(), 3U);
    EXPECT_EQ(heard.of(1).front().dts, 0U);
    EXPECT_LE(demuxer.faults().sync, 2U);
}

TEST(MpegTsDamage, PacketsOfCamerasAndOfReceiversAreReadToo) {
    const Groups groups;
    EXPECT_EQ(hear(wrapped(groups.stream, 4, 0)).samples.size(), 12U) << "an arrival time before each";
    EXPECT_EQ(hear(wrapped(groups.stream, 0, 16)).samples.size(), 12U) << "a checksum behind each";
}

TEST(MpegTsDamage, WhatIsNoTransportStreamIsRefusedSoon) {
    const std::vector<std::uint8_t> page(100'000, 'x');
    Demuxer demuxer;
    demuxer.receive(base::ByteView(page).first(70'000));
    const auto event = demuxer.next();
    ASSERT_FALSE(event.has_value());
    EXPECT_EQ(event.error().text, "this is not an MPEG transport stream");
    EXPECT_EQ(hear(base::ByteView(page).first(500)).error, "this is not an MPEG transport stream");
}

TEST(MpegTsDamage, APictureBeyondTheLimitIsDroppedAndCounted) {
    Builder stream;
    begin(stream, 1);
    stream.pes(video_pid, {.pts = 93'000}, picture(5000), false);
    stream.pes(video_pid, {.pts = 96'000}, keyframe());
    DemuxLimits limits;
    limits.access_unit = base::ByteCount(4000);
    Demuxer demuxer({}, limits);
    EXPECT_EQ(times(hear(demuxer, stream.bytes()).samples), (std::vector<std::uint64_t>{90'000, 96'000}));
    EXPECT_EQ(demuxer.faults().oversized, 1U);
}

// Tables

TEST(MpegTsDamage, ATableWithAWrongChecksumIsNotBelieved) {
    Builder stream;
    stream.association();
    stream.map({{0x0f, 0x55}});
    begin(stream, 2);
    auto bytes = stream.copy();
    bytes[packet_size + 20] ^= 0xff;
    Demuxer demuxer;
    EXPECT_EQ(hear(demuxer, bytes).samples.size(), 2U);
    EXPECT_EQ(demuxer.faults().tables, 1U);
}

TEST(MpegTsDamage, AMapOfSeveralPacketsIsPutTogether) {
    // As broadcasters have them: a descriptor of 200 bytes before the one that counts.
    std::vector<std::uint8_t> descriptors{0x80, 200};
    descriptors.resize(202, 0x33);
    base::ByteWriter section;
    section.u8(2);
    section.u16(static_cast<std::uint16_t>(0xb000U | (9 + 4 + 5 + descriptors.size())));
    section.u16(1);
    section.u8(0xc1);
    section.u16(0);
    section.u16(0xe100);
    section.u16(0xf000);
    section.u8(0x0f);
    section.u16(0xe000U | audio_pid);
    section.u16(static_cast<std::uint16_t>(0xf000U | descriptors.size()));
    section.bytes(descriptors);
    section.u32(crc32(section.view()));
    const std::uint8_t pointer[] = {0};
    const base::ByteView pieces[] = {pointer, section.view()};
    Builder stream;
    stream.association();
    auto bytes = stream.copy();
    base::ByteWriter out;
    PidWriter(0x1000).write(pieces, {}, Continuity::goes_on, out);
    ASSERT_EQ(out.size(), 2 * packet_size);
    bytes.insert(bytes.end(), out.view().begin(), out.view().end());
    Builder sound;
    sound.pes(audio_pid, {.pts = 0}, adts_frame(1));
    bytes.insert(bytes.end(), sound.bytes().begin(), sound.bytes().end());
    EXPECT_EQ(hear(bytes).samples.size(), 1U);
}

TEST(MpegTsDamage, TracksKeepTheirNumbersWhenAMapMovesThem) {
    Builder stream;
    begin(stream, 2);
    stream.pes(video_pid, {.pts = 96'000}, picture(60), false);
    stream.map({{0x0f, audio_pid}, {0x1b, 0x200}}, {}, 1, 0x200);
    stream.pes(0x200, {.pts = 99'000}, keyframe());
    stream.pes(audio_pid, {.pts = 99'000}, adts_frame(1));
    const Heard heard = hear(stream.bytes());
    EXPECT_EQ(times(heard.of(1)), (std::vector<std::uint64_t>{90'000, 93'000, 96'000, 99'000}))
        << "the last picture under the old map too";
    EXPECT_EQ(heard.of(2).size(), 1U);
}

TEST(MpegTsDamage, TheFirstProgramWithMediaIsTakenOrTheOneThatIsAskedFor) {
    const Program data{.number = 1, .pid = 0x1000};
    const Program first{.number = 2, .pid = 0x1001};
    const Program second{.number = 3, .pid = 0x1002};
    Builder stream;
    stream.association({data, first, second});
    stream.map({{0x05, 0x90}}, data);
    stream.map({{0x1b, video_pid}}, first);
    stream.map({{0x0f, audio_pid}}, second);
    stream.pes(video_pid, {.pts = 0}, keyframe());
    stream.pes(audio_pid, {.pts = 0}, adts_frame(1));
    Demuxer any;
    const Heard heard = hear(any, stream.bytes());
    EXPECT_EQ(any.programs(), (std::vector<std::uint16_t>{1, 2, 3}));
    ASSERT_EQ(heard.samples.size(), 1U);
    EXPECT_EQ(heard.samples[0].track, media::video_track_id);
    Demuxer asked({.program = 3});
    const Heard third = hear(asked, stream.bytes());
    ASSERT_EQ(third.samples.size(), 1U);
    EXPECT_EQ(third.samples[0].track, media::audio_track_id);
}

TEST(MpegTsDamage, AProgramThatGoesIsFollowedByTheNext) {
    const Program first{.number = 1, .pid = 0x1000};
    const Program second{.number = 7, .pid = 0x1007};
    Builder stream;
    stream.association({first});
    stream.map({{0x1b, video_pid}}, first);
    stream.pes(video_pid, {.pts = 0}, keyframe());
    stream.association({second});
    stream.map({{0x1b, 0x300}}, second);
    stream.pes(0x300, {.pts = 3000}, keyframe());
    Demuxer demuxer;
    Heard heard;
    demuxer.receive(stream.bytes());
    heard.drain(demuxer);
    EXPECT_EQ(times(heard.samples), (std::vector<std::uint64_t>{0, 3000}));
    EXPECT_EQ(demuxer.program(), 7);
}

TEST(MpegTsDamage, JumpsOfTheProgramClockAreCountedAndItsWrapIsNone) {
    Builder stream;
    stream.association();
    stream.map(both);
    constexpr std::int64_t turn = (std::int64_t{1} << 33) * 300;
    std::uint64_t pts = 0;
    for (const std::int64_t clock :
         {turn - 2'700'000, turn - 1, std::int64_t{2'000'000}, std::int64_t{270'000'000}, std::int64_t{1000}})
        stream.pes(video_pid, {.pts = pts += frame}, keyframe(), true, {.pcr = clock});
    Demuxer demuxer;
    EXPECT_EQ(hear(demuxer, stream.bytes()).samples.size(), 5U);
    EXPECT_EQ(demuxer.faults().clock, 2U);
}

}  // namespace weir::format::mpegts

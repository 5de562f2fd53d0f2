#include "app/probe.hpp"
#include "app/probe_advice.hpp"
#include "app/probe_reader.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::app {
namespace {

using media::Ticks;
using tests::from_hex;

constexpr stream::WireClock clock{90'000, 33};

media::Track video_track() {
    return media::track_from_config(
               media::Codec::h264,
               from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800"))
        .value();
}
media::Track audio_track() { return media::track_from_config(media::Codec::aac, from_hex("1190")).value(); }

/// Thirty pictures a second, a keyframe every `group` of them, with sound beside.
struct Source {
    explicit Source(std::uint64_t group_of) : group(group_of) {
        findings.announce(video_track(), clock);
        findings.announce(audio_track(), clock);
    }
    void run(std::uint64_t pictures) {
        for (std::uint64_t i = 0; i < pictures; ++i, ++picture, time += 3000) {
            send(1, time, picture % group == 0, 12'500);
            while (sound < time) {
                send(2, sound, true, 200);
                sound += 1920;
            }
        }
    }
    void send(std::uint32_t track, std::uint64_t at, bool keyframe, std::size_t size) {
        findings.receive({.track = track,
                          .wire_time = at & ((std::uint64_t{1} << 33) - 1),
                          .composition_offset = {},
                          .keyframe = keyframe,
                          .payload = base::Buffer(size).freeze()});
    }
    [[nodiscard]] bool says(std::string_view words) const {
        return std::ranges::any_of(advice_on(findings.report()),
                                   [&](const Advice& one) { return one.text.contains(words); });
    }

    std::uint64_t group;
    std::uint64_t picture = 0;
    std::uint64_t time = 90'000;
    std::uint64_t sound = 90'000;
    ProbeFindings findings;
};

TEST(Probe, RatesAndCadenceAreThoseOfTheMedia) {
    Source source(60);
    source.run(300);
    const ProbeReport report = source.findings.report();
    ASSERT_EQ(report.tracks.size(), 2U);
    const TrackReport& video = report.tracks[0];
    EXPECT_EQ(video.frames, 300U);
    EXPECT_NEAR(video.frame_rate(), 30, 0.01);
    EXPECT_NEAR(static_cast<double>(video.bitrate()), 3'000'000, 15'000);
    EXPECT_EQ(video.keyframes, 5U);
    EXPECT_EQ(video.groups.least, Ticks::milliseconds(2000));
    EXPECT_EQ(video.groups.most, Ticks::milliseconds(2000));
    EXPECT_NEAR(static_cast<double>(report.tracks[1].bitrate()), 75'000, 1000);
    EXPECT_EQ(report.duration, Ticks::milliseconds(10'000));
    EXPECT_EQ(report.sound_after_picture, Ticks());
    EXPECT_EQ(video.faults, stream::TimestampFaults());
}

TEST(Probe, WhatItMeansForPlayersFollowsFromTheKeyframes) {
    Source two(60);
    two.run(300);
    EXPECT_TRUE(two.says("segments will be 6.0 s long"));
    EXPECT_TRUE(two.says("a keyframe that is at most 2.00 s old"));
    Source four(120);
    four.run(600);
    EXPECT_TRUE(four.says("segments will be 8.0 s long"));
    EXPECT_TRUE(four.says("up to 4.00 s old"));
    Source ten(300);
    ten.run(900);
    EXPECT_TRUE(ten.says("more than a segment (6.00 s)"));
    EXPECT_TRUE(ten.says("set the encoder's keyframe interval to 2 s"));
    Source once(10'000);
    once.run(90);
    EXPECT_TRUE(once.says("one keyframe in 3.00 s: look for longer"));
    EXPECT_FALSE(once.says("segments will be"));
    once.run(300);
    EXPECT_TRUE(once.says("keyframes are up to 13.00 s apart"));
}

TEST(Probe, FaultsOfPictureAndSoundAreToldApart) {
    Source source(30);
    source.run(60);
    source.sound += 10 * 90'000;
    for (int i = 0; i < 10; ++i) source.send(2, source.sound += 1920, true, 200);
    const ProbeReport report = source.findings.report();
    EXPECT_EQ(report.tracks[0].faults.gap, 0U);
    EXPECT_EQ(report.tracks[1].faults.gap, 1U);
    ASSERT_FALSE(report.tracks[1].remarks.empty());
    EXPECT_TRUE(source.says("audio timestamps jump: 1 forward, 0 back"));
    EXPECT_FALSE(source.says("video timestamps jump"));
}

TEST(Probe, AClockThatWrapsIsNoFault) {
    Source source(30);
    source.time = source.sound = (std::uint64_t{1} << 33) - 90'000;
    source.run(90);
    const TrackReport video = source.findings.report().tracks[0];
    EXPECT_EQ(video.faults.wrap, 1U);
    EXPECT_EQ(video.frames, 90U);
    EXPECT_FALSE(source.says("timestamps jump"));
}

TEST(Probe, PicturesThatGoBackInTimeAreCounted) {
    Source source(30);
    source.run(40);
    source.send(1, source.time - 6000, false, 100);
    EXPECT_EQ(source.findings.report().tracks[0].out_of_order, 1U);
    EXPECT_TRUE(source.says("1 video frames have a time that is not after the one before"));
}

TEST(Probe, SoundFarFromItsPictureIsTold) {
    Source source(30);
    source.run(30);
    source.findings.set_container("x");
    for (int i = 0; i < 100; ++i) source.send(2, source.sound += 1920, true, 200);
    EXPECT_TRUE(source.says("sound and picture come up to 2.1"));
}

TEST(Probe, AReportIsSentencesOrJsonOfTheSame) {
    Source source(60);
    source.run(150);
    ProbeReport report = source.findings.report();
    report.source = "camera";
    report.container = "FLV";
    const std::string text = print_text(report);
    EXPECT_TRUE(text.contains("camera: FLV, 5.0 s, 3.08 Mbit/s")) << text;
    EXPECT_TRUE(text.contains("video 1: h264 (avc1.64001f), 1280x720, 30.00 frames a second")) << text;
    EXPECT_TRUE(text.contains("3 keyframes, every 2.00 s (2.00 to 2.00)")) << text;
    EXPECT_TRUE(text.contains("timestamps are in order")) << text;
    const std::string json = print_json(report);
    EXPECT_TRUE(json.contains(R"("keyframes":3)")) << json;
    EXPECT_TRUE(json.contains(R"("level":"good")")) << json;
}

TEST(Probe, ContainersAreKnownByTheirFirstBytes) {
    struct Case {
        const char* path;
        const char* container;
        std::size_t tracks;
    };
    for (const Case& one : {Case{"flv/x264_aac.flv", "FLV", 2}, Case{"mp4/x264_aac_edit.mp4", "fragmented MP4", 2},
                            Case{"fuzz/mpegts/h264_aac.ts", "MPEG-TS", 2}}) {
        ProbeFindings findings;
        ProbeReader reader(findings);
        const base::Bytes bytes = tests::read_capture(one.path);
        for (std::size_t at = 0; at < bytes.size(); at += 100)
            ASSERT_TRUE(reader.receive(bytes.slice(at, 100))) << one.path;
        ASSERT_TRUE(reader.finish());
        const ProbeReport report = findings.report();
        EXPECT_EQ(report.container, one.container);
        EXPECT_EQ(report.tracks.size(), one.tracks) << one.path;
        for (const TrackReport& track : report.tracks) EXPECT_GT(track.frames, 3U) << one.path;
    }
    ProbeFindings findings;
    ProbeReader reader(findings);
    const std::vector<std::uint8_t> page(300, 'x');
    const auto taken = reader.receive(page);
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().text, "it is none of what can be probed: FLV, MPEG-TS, fragmented MP4");
}

}  // namespace
}  // namespace weir::app

#include "worker/demo_source.hpp"

#include "av/decoder.hpp"
#include "media/clock_sei.hpp"
#include "worker/demo_sound.hpp"
#include "worker/figures.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

extern "C" {
#include <libavutil/frame.h>
}

namespace weir::worker {
namespace {

using namespace std::chrono_literals;
using media::Ticks;

constexpr base::WallTime noon{std::chrono::days(20'000) + 12h};

base::WallTime moment(std::int64_t frame) { return noon + std::chrono::nanoseconds(frame * 1'000'000'000 / 30); }

struct Recording {
    media::TrackSetRef tracks;
    std::vector<media::Packet> video;
    std::vector<media::Packet> audio;
    std::vector<media::Packet> all;
};

Recording run(std::int64_t frames, bool (*is_late)(std::int64_t frame)) {
    Recording recording;
    auto source = DemoSource::create();
    EXPECT_TRUE(source) << source.error().text;
    recording.tracks = source->tracks();
    for (std::int64_t frame = 0; frame < frames; ++frame) {
        auto packets = source->next(moment(frame), !is_late(frame));
        EXPECT_TRUE(packets) << packets.error().text;
        for (const media::Packet& packet : *packets) {
            (packet.track == media::video_track_id ? recording.video : recording.audio).push_back(packet);
            recording.all.push_back(packet);
        }
    }
    return recording;
}

const Recording& three_seconds() {
    static const Recording recording = run(90, [](std::int64_t) { return false; });
    return recording;
}

TEST(DemoSource, ItIsWhatTheContractSays) {
    const media::TrackSet& tracks = *three_seconds().tracks;
    ASSERT_EQ(tracks.tracks.size(), 2U);
    const media::Track& video = *tracks.first(media::Kind::video);
    EXPECT_EQ(video.codec, media::Codec::h264);
    EXPECT_EQ(video.codec_string.substr(0, 7), "avc1.4d");  // Main
    EXPECT_EQ(video.width, 1280U);
    EXPECT_EQ(video.height, 720U);
    EXPECT_NEAR(video.frame_rate, 30, 0.01);
    EXPECT_EQ(video.announced_bitrate, 2'500'000U);
    const media::Track& audio = *tracks.first(media::Kind::audio);
    EXPECT_EQ(audio.codec_string, "mp4a.40.2");
    EXPECT_EQ(audio.sample_rate, 48'000U);
    EXPECT_EQ(audio.channels, 2U);
}

TEST(DemoSource, EachPictureIsOutAtOnceAndBearsTheMomentThatItShows) {
    const Recording& recording = three_seconds();
    ASSERT_EQ(recording.video.size(), 90U);
    for (std::size_t i = 0; i < recording.video.size(); ++i) {
        const media::Packet& packet = recording.video[i];
        const auto frame = static_cast<std::int64_t>(i);
        EXPECT_EQ(packet.pts, frame_time(frame));
        EXPECT_EQ(packet.dts, packet.pts);
        EXPECT_EQ(packet.keyframe, i % 60 == 0) << i;
        EXPECT_EQ(media::find_clock(media::Codec::h264, packet.payload), moment(frame)) << i;
    }
}

TEST(DemoSource, ItsBitRateIsWhatItAnnounces) {
    std::size_t bytes = 0;
    for (const media::Packet& packet : three_seconds().video) bytes += packet.payload.size();
    EXPECT_GT(bytes * 8 / 3, 1'800'000U);
    EXPECT_LT(bytes * 8 / 3, 2'750'000U);
}

TEST(DemoSource, SoundRunsOnItsGridBesideThePictures) {
    const Recording& recording = three_seconds();
    ASSERT_GT(recording.audio.size(), 135U);
    for (std::size_t i = 0; i < recording.audio.size(); ++i)
        EXPECT_EQ(recording.audio[i].pts, Ticks::from(static_cast<std::int64_t>(i) * 1024, 48'000)) << i;
    for (std::size_t i = 1; i < recording.all.size(); ++i) {
        const Ticks behind = recording.all[i - 1].dts - recording.all[i].dts;
        EXPECT_LT(behind, Ticks::milliseconds(50)) << i;
    }
}

TEST(DemoSource, TheClockIsLegibleThroughTheEncoder) {
    const Recording& recording = three_seconds();
    av::Decoder decoder;
    ASSERT_TRUE(decoder.open(*recording.tracks->first(media::Kind::video)));
    const ClockFace clock;
    std::int64_t frame = 0;
    for (const media::Packet& packet : recording.video) {
        ASSERT_TRUE(decoder.send(packet));
        while (true) {
            const auto decoded = decoder.receive();
            ASSERT_TRUE(decoded);
            if (!*decoded) break;
            const Plane luma{(*decoded)->get()->data[0], (*decoded)->get()->linesize[0]};
            EXPECT_EQ(read_time(luma, clock), time_of_day(moment(frame)));
            EXPECT_EQ(std::stoll(read_count(luma, clock)), frame);
            ++frame;
        }
    }
    EXPECT_GT(frame, 80);
}

// A machine that cannot follow loses pictures, and nothing that viewers join at.
TEST(DemoSource, WhoIsLateLeavesPicturesOutButNoKeyframeAndNoSound) {
    const Recording recording = run(65, [](std::int64_t frame) { return frame % 2 == 0; });
    EXPECT_EQ(recording.video.size(), 32U + 2U);
    EXPECT_TRUE(recording.video.front().keyframe);
    for (const media::Packet& packet : recording.video)
        if (packet.keyframe) EXPECT_EQ(packet.pts.count() % frame_time(60).count(), 0);
    EXPECT_GT(recording.audio.size(), 95U);
}

}  // namespace
}  // namespace weir::worker

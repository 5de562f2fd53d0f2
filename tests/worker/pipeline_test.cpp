#include "worker/pipeline.hpp"

#include "av/error.hpp"
#include "media/clock_sei.hpp"
#include "worker/rig.hpp"

#include <chrono>

namespace weir::worker {
namespace {

using namespace std::chrono_literals;

class PipelineTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(std::system("ffmpeg -version >/dev/null 2>&1"), 0) << "script/bootstrap test installs FFmpeg";
        av::silence();
    }
    /// Whatever happened, nothing is left.
    void TearDown() override { EXPECT_EQ(av::alive(), av::Alive{}); }
};

constexpr const char* picture = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=3 ";
constexpr const char* with_b_frames = "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p ";

void expect_all_of(const Clip& clip, const Made& made, int rendition) {
    const auto source = clip.of(media::Kind::video);
    const auto& packets = made.packets.at(rendition);
    EXPECT_EQ(times(packets), times(source));
    EXPECT_EQ(boundaries(packets), boundaries(source));
    expect_decodable_order(packets);
    EXPECT_EQ(decoded_pictures(made.tracks.at(rendition).front(), packets), packets.size());
}

TEST_F(PipelineTest, EveryRungStartsItsSegmentsAtThePicturesWhereTheSourceDoes) {
    const Clip clip = make_clip(std::string(picture) + with_b_frames);
    ASSERT_EQ(boundaries(clip.packets).size(), 3U);
    const Made made = transcode(clip, {rung("180p", 320, 180), rung("90p", 160, 90), rung("odd one", 98, 54)});
    for (int rendition = 1; rendition <= 3; ++rendition) expect_all_of(clip, made, rendition);
    EXPECT_EQ(made.tracks.at(1).front().width, 320U);
    EXPECT_EQ(made.tracks.at(2).front().height, 90U);
    EXPECT_DOUBLE_EQ(made.tracks.at(3).front().frame_rate, 25);
    EXPECT_EQ(made.report.decode_errors, 0U);
    EXPECT_EQ(made.report.frames, 75U);
    EXPECT_TRUE(made.remarks.empty());
}

TEST_F(PipelineTest, RungsWithBFramesKeepEveryTimeAndTheOrderOfDecoding) {
    Clip clip = make_clip(std::string(picture) + with_b_frames);
    clip.shift(Ticks(123'456'789));
    relay::RungSetup slow = rung("90p", 160, 90);
    slow.preset = "veryfast";
    const Made made = transcode(clip, {slow});
    expect_all_of(clip, made, 1);
    // B-frames: some packets are decoded before what is shown earlier.
    const auto& packets = made.packets.at(1);
    EXPECT_FALSE(std::ranges::is_sorted(packets, {}, &media::Packet::pts));
}

TEST_F(PipelineTest, LowLatencyGivesEachPictureAtOnce) {
    const Clip clip =
        make_clip(std::string(picture) + "-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p");
    relay::Setup setup = setup_of({rung("90p", 160, 90)});
    setup.low_latency = true;
    Rig rig(setup);
    rig.send(clip);
    rig.drain();
    const Made made = rig.end();
    expect_all_of(clip, made, 1);
    for (const media::Packet& packet : made.packets.at(1)) EXPECT_EQ(packet.dts, packet.pts);
}

struct Source {
    const char* name;
    const char* arguments;
};
class PipelineSource : public PipelineTest, public testing::WithParamInterface<Source> {};

TEST_P(PipelineSource, PlaysThroughOnEveryRung) {
    const Clip clip = make_clip(GetParam().arguments);
    const Made made = transcode(clip, {rung("180p", 320, 180), rung("90p", 160, 90)});
    expect_all_of(clip, made, 1);
    expect_all_of(clip, made, 2);
    EXPECT_EQ(made.report.decode_errors, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Sources, PipelineSource,
    testing::Values(
        Source{"ten_bits",
               "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
               "yuv420p10"},
        Source{"chroma_422",
               "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
               "yuv422p"},
        Source{"chroma_444",
               "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
               "yuv444p"},
        Source{"odd_size",
               "-f lavfi -i testsrc2=size=641x361:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
               "yuv444p"},
        Source{"uneven_size",
               "-f lavfi -i testsrc2=size=426x238:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
               "yuv420p"},
        Source{"full_range",
               "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
               "yuvj420p"},
        Source{
            "gray",
            "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt gray"},
        Source{"ntsc",
               "-f lavfi -i testsrc2=size=640x360:rate=30000/1001:duration=2 -c:v libx264 -preset ultrafast -bf 2 -g "
               "30 -pix_fmt yuv420p"},
        Source{"hevc_ten_bits",
               "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -c:v libx265 -preset ultrafast -tag:v hvc1 "
               "-x265-params log-level=none:keyint=25:open-gop=0 -pix_fmt yuv420p10"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(PipelineTest, BoundaryWithoutAKeyframeOfTheSourceIsAKeyframeOfTheRungs) {
    Clip clip = make_clip(std::string(picture) + "-c:v libx264 -preset ultrafast -bf 2 -g 1000 -pix_fmt yuv420p");
    std::vector<media::Packet>& packets = clip.packets;
    packets[33].segment_boundary = true;
    packets[61].segment_boundary = true;
    const Made made = transcode(clip, {rung("180p", 320, 180), rung("90p", 160, 90)});
    const std::vector<Ticks> wanted{packets[0].pts, packets[33].pts, packets[61].pts};
    EXPECT_EQ(boundaries(made.packets.at(1)), wanted);
    EXPECT_EQ(boundaries(made.packets.at(2)), wanted);
}

TEST_F(PipelineTest, KeyframesAreNoFurtherApartThanAsked) {
    const Clip clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=5 -c:v libx264 -preset ultrafast -g 1000 -pix_fmt yuv420p");
    const Made made = transcode(clip, {rung("90p", 160, 90)});
    std::vector<Ticks> keyframes;
    for (const media::Packet& packet : made.packets.at(1))
        if (packet.keyframe) keyframes.push_back(packet.pts - clip.packets.front().pts);
    EXPECT_EQ(keyframes, (std::vector{Ticks(), Ticks::seconds(2), Ticks::seconds(4)}));
}

TEST_F(PipelineTest, SourceThatChangesSizeRateAndFormPlaysThroughOnTheSameRungs) {
    Rig rig(setup_of({rung("180p", 320, 180), rung("90p", 160, 90)}));
    std::vector<Ticks> all;
    std::vector<Ticks> all_boundaries;
    Ticks start;
    for (const char* source :
         {"-f lavfi -i testsrc2=size=640x360:rate=30:duration=1.5 -c:v libx264 -bf 2 -preset ultrafast -g 30 -pix_fmt "
          "yuv420p",
          "-f lavfi -i testsrc2=size=320x240:rate=25:duration=1.5 -c:v libx264 -preset ultrafast -g 25 -pix_fmt "
          "yuv422p",
          "-f lavfi -i testsrc2=size=640x360:rate=50:duration=1.5 -c:v libx265 -preset ultrafast -tag:v hvc1 "
          "-x265-params log-level=none:keyint=50:open-gop=0 -pix_fmt yuv420p"}) {
        Clip clip = make_clip(source);
        clip.shift(start);
        clip.break_off();
        start = clip.end();
        std::ranges::copy(times(clip.packets), std::back_inserter(all));
        std::ranges::copy(boundaries(clip.packets), std::back_inserter(all_boundaries));
        rig.send(clip);
    }
    rig.drain();
    const Made made = rig.end();
    for (const int rendition : {1, 2}) {
        const auto& packets = made.packets.at(rendition);
        EXPECT_EQ(times(packets), all);
        EXPECT_EQ(boundaries(packets), all_boundaries);
        expect_decodable_order(packets);
        EXPECT_EQ(made.tracks.at(rendition).size(), 1U) << "the rung's init segment must not change";
        EXPECT_EQ(decoded_pictures(made.tracks.at(rendition).front(), packets), packets.size());
        EXPECT_EQ(std::ranges::count(packets, true, &media::Packet::discontinuity), 3);
        for (const media::Packet& packet : packets) EXPECT_LE(packet.discontinuity, packet.segment_boundary);
    }
}

TEST_F(PipelineTest, RungThatWasSwitchedOffComesBackAtABoundary) {
    const Clip clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p");
    Rig rig(setup_of({rung("180p", 320, 180), rung("90p", 160, 90)}));
    rig.send(relay::Tracks{relay::source, clip.tracks});
    const auto send = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) rig.send(relay::Media{relay::source, clip.packets[i]});
        rig.drain();
    };
    // Keyframes at 0, 25, 50, 75; a drain puts everything sent so far on this side of the change.
    send(0, 25);
    rig.send(relay::SwitchRung{1, false});
    send(25, 50);
    rig.send(relay::SwitchRung{1, true});
    send(50, 100);
    const Made made = rig.end();
    EXPECT_EQ(made.packets.at(2).size(), 100U);
    const auto& packets = made.packets.at(1);
    ASSERT_EQ(packets.size(), 75U);
    EXPECT_EQ(packets[25].pts, clip.packets[50].pts);
    EXPECT_TRUE(packets[25].segment_boundary);
}

TEST_F(PipelineTest, WallClockOfTheSourceIsInThePacketsOfEveryRung) {
    Clip clip = make_clip(std::string(picture) + with_b_frames);
    std::map<Ticks, base::WallTime> clocks;
    for (media::Packet& packet : clip.packets) {
        clocks[packet.pts] = base::WallTime(1'795'341'600s) + packet.pts.to_duration();
        packet.payload = *media::with_clock(media::Codec::h264, packet.payload, clocks[packet.pts]);
    }
    const Made made = transcode(clip, {rung("180p", 320, 180), rung("90p", 160, 90)});
    for (const int rendition : {1, 2})
        for (const media::Packet& packet : made.packets.at(rendition))
            EXPECT_EQ(media::find_clock(media::Codec::h264, packet.payload), clocks.at(packet.pts));
}

TEST_F(PipelineTest, DamagedPacketsCostTheirPicturesAndNothingElse) {
    Clip clip = make_clip(std::string(picture) + with_b_frames);
    for (const std::size_t i : {30U, 31U, 40U}) {
        base::Buffer noise(clip.packets[i].payload.size());
        for (std::size_t at = 0; at < noise.size(); ++at) noise.span()[at] = static_cast<std::uint8_t>(at * 37);
        clip.packets[i].payload = std::move(noise).freeze();
    }
    const Made made = transcode(clip, {rung("90p", 160, 90)});
    EXPECT_GE(made.report.decode_errors, 1U);
    EXPECT_FALSE(made.remarks.empty());
    EXPECT_EQ(boundaries(made.packets.at(1)), boundaries(clip.packets));
    EXPECT_GE(made.packets.at(1).size(), 70U);
    expect_decodable_order(made.packets.at(1));
}

TEST_F(PipelineTest, AWorkerThatBeginsInTheMiddleEncodesWhatIsWanted) {
    const Clip clip = make_clip(std::string(picture) + with_b_frames);
    relay::Setup setup = setup_of({rung("90p", 160, 90)});
    setup.encode_from = Ticks::seconds(2);
    Rig rig(setup);
    rig.send(clip);
    rig.drain();
    const Made made = rig.end();
    std::vector<Ticks> wanted = times(clip.of(media::Kind::video));
    std::erase_if(wanted, [](Ticks time) { return time < Ticks::seconds(2); });
    EXPECT_EQ(times(made.packets.at(1)), wanted);
    EXPECT_TRUE(made.packets.at(1).front().keyframe);
    EXPECT_EQ(made.report.frames, 75U);
}

TEST_F(PipelineTest, OverloadDropsTheSamePicturesOfEveryRungAndNeverABoundary) {
    const Clip clip = make_clip(std::string(picture) + "-c:v libx264 -preset ultrafast -g 5 -pix_fmt yuv420p -bf 0");
    relay::Setup setup = setup_of({rung("180p", 320, 180), rung("90p", 160, 90)});
    setup.live = true;
    Limits limits;
    limits.most_late = std::chrono::milliseconds(1);
    Rig rig(setup, limits);
    rig.send(clip);
    rig.drain();
    const Made made = rig.end();
    EXPECT_GT(made.report.dropped, 0U);
    EXPECT_EQ(made.report.rungs[0].dropped, 0U) << "what all rungs lose is counted once";
    EXPECT_EQ(times(made.packets.at(1)), times(made.packets.at(2)));
    EXPECT_EQ(made.packets.at(1).size() + made.report.dropped, clip.packets.size());
    EXPECT_EQ(boundaries(made.packets.at(1)), boundaries(clip.packets));
    EXPECT_EQ(boundaries(made.packets.at(2)), boundaries(clip.packets));
}

TEST_F(PipelineTest, RungWithAFrameRateOfItsOwnKeepsEveryBoundary) {
    const Clip clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=50:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p");
    relay::RungSetup half = rung("90p", 160, 90);
    half.frame_rate = 25;
    const Made made = transcode(clip, {rung("180p", 320, 180), half});
    EXPECT_EQ(made.packets.at(1).size(), 100U);
    EXPECT_NEAR(static_cast<double>(made.packets.at(2).size()), 50, 2);
    EXPECT_EQ(boundaries(made.packets.at(2)), boundaries(clip.packets));
}

TEST_F(PipelineTest, SurroundSoundBecomesStereoOnAGridThatStartsWithTheSource) {
    const Clip clip = make_clip("-f lavfi -i sine=frequency=440:sample_rate=44100:duration=3 -ac 6 -c:a aac -b:a 256k");
    ASSERT_EQ(clip.tracks->first(media::Kind::audio)->channels, 6U);
    const Made made = transcode(clip, {sound_rung()});
    const media::Track& track = made.tracks.at(1).front();
    EXPECT_EQ(track.channels, 2U);
    EXPECT_EQ(track.sample_rate, 48'000U);
    EXPECT_EQ(track.codec_string, "mp4a.40.2");
    const auto& packets = made.packets.at(1);
    EXPECT_EQ(packets.front().pts, clip.packets.front().pts);
    for (std::size_t i = 1; i < packets.size(); ++i)
        ASSERT_EQ(packets[i].pts - packets[i - 1].pts, Ticks::from(1024, 48'000)) << i;
    EXPECT_NEAR((packets.back().pts + packets.back().duration - clip.end()).to_seconds(), 0, 0.05);
    EXPECT_EQ(boundaries(packets).size(), boundaries(clip.packets).size());
}

TEST_F(PipelineTest, SoundThatChangesItsFormPlaysThrough) {
    Clip first = make_clip("-f lavfi -i sine=sample_rate=48000:duration=2 -ac 2 -c:a aac");
    Clip second = make_clip("-f lavfi -i sine=sample_rate=32000:duration=2 -ac 1 -c:a aac");
    second.shift(first.end() - second.packets.front().pts);
    second.break_off();
    Rig rig(setup_of({sound_rung()}));
    rig.send(first);
    rig.send(second);
    rig.drain();
    const Made made = rig.end();
    EXPECT_EQ(made.tracks.at(1).size(), 1U);
    expect_decodable_order(made.packets.at(1));
    EXPECT_EQ(std::ranges::count(made.packets.at(1), true, &media::Packet::discontinuity), 1);
    EXPECT_NEAR((made.packets.at(1).back().pts - second.end()).to_seconds(), 0, 0.1);
}

TEST_F(PipelineTest, GapInTheSoundIsSilenceAndNotAShift) {
    Clip clip = make_clip("-f lavfi -i sine=sample_rate=48000:duration=2 -ac 2 -c:a aac");
    clip.packets.erase(clip.packets.begin() + 40, clip.packets.begin() + 52);
    const Made made = transcode(clip, {sound_rung()});
    const auto& packets = made.packets.at(1);
    for (std::size_t i = 1; i < packets.size(); ++i)
        ASSERT_EQ(packets[i].pts - packets[i - 1].pts, Ticks::from(1024, 48'000)) << i;
    EXPECT_NEAR((packets.back().pts + packets.back().duration - clip.end()).to_seconds(), 0, 0.05);
}

TEST_F(PipelineTest, PicturesAndSoundComeOutOfOneSource) {
    const Clip clip =
        make_clip(std::string(picture) + "-f lavfi -i sine=sample_rate=48000:duration=3 " + with_b_frames + "-c:a aac");
    const Made made = transcode(clip, {rung("90p", 160, 90), sound_rung()});
    expect_all_of(clip, made, 1);
    EXPECT_GT(made.packets.at(2).size(), 130U);
}

TEST_F(PipelineTest, ForSoundAloneNoPictureIsDecoded) {
    const Clip clip = make_clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -f lavfi -i sine=sample_rate=48000:duration=2 "
        "-c:v libx264 -preset ultrafast -g 25 -c:a aac -ac 2");
    Rig rig(setup_of({sound_rung()}), {.packets = 1});
    rig.send(clip);
    rig.drain();
    rig.send(clip);  // and it goes on after that
    rig.drain();
    const Made made = rig.end();
    EXPECT_GT(made.packets.at(1).size(), 180U);
    EXPECT_EQ(made.report.frames, 0U);
    EXPECT_EQ(made.report.decode_errors, 0U);
    EXPECT_EQ(made.report.dropped, 0U);
}

TEST_F(PipelineTest, WhatIsInsideWhenTheServerGoesIsForgotten) {
    const Clip clip = make_clip(std::string(picture) + with_b_frames);
    Rig rig(setup_of({rung("180p", 320, 180), rung("90p", 160, 90)}));
    rig.send(clip);
    const Made made = rig.end();
    EXPECT_LE(made.report.frames, clip.packets.size());
}

}  // namespace
}  // namespace weir::worker

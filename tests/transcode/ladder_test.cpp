#include "transcode/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::transcode {

namespace {

using namespace base::literals;
using testing::HasSubstr;

struct Source {
    std::uint32_t width = 1920;
    std::uint32_t height = 1080;
    std::uint64_t bitrate = 8'000'000;
    media::Codec codec = media::Codec::h264;
    std::uint32_t channels = 2;
    std::string_view sound = "mp4a.40.2";
    double frame_rate = 30;

    [[nodiscard]] stream::SourceShape shape() const {
        media::TrackSet set;
        if (width > 0) {
            media::Track video;
            video.id = media::video_track_id;
            video.codec = codec;
            video.width = width;
            video.height = height;
            video.frame_rate = frame_rate;
            set.tracks.push_back(video);
        }
        if (channels > 0) {
            media::Track audio;
            audio.id = media::audio_track_id;
            audio.kind = media::Kind::audio;
            audio.codec = sound == "opus" ? media::Codec::opus : media::Codec::aac;
            audio.codec_string = sound;
            audio.channels = channels;
            audio.sample_rate = 48'000;
            set.tracks.push_back(audio);
        }
        return {.tracks = std::make_shared<media::TrackSet>(std::move(set)), .bitrate = bitrate};
    }
};

constexpr Room large{.cores = 64, .free = 54, .memory = 600_MiB};

Choice choose_for(const Source& source, const config::Ladder& ladder = config::Config::standard_ladder(),
                  const config::StreamOptions& options = {}, const Room& room = large) {
    return choose(source.shape(), ladder, options, {}, room);
}

/// "720p 1280x720, stereo": what is made.
std::string made(const Choice& choice) {
    std::string text;
    for (const auto& rung : choice.setup.rungs) {
        if (!text.empty()) text += ", ";
        text += rung.name;
        if (rung.kind == media::Kind::video)
            text += ' ' + std::to_string(rung.width) + 'x' + std::to_string(rung.height);
    }
    return text;
}

const std::string& reason(const Choice& choice, std::string_view name) {
    for (const stream::RungPlan& rung : choice.plan)
        if (rung.name == name) return rung.left_out;
    static const std::string none = "not in the plan";
    return none;
}

struct Row {
    const char* name;
    Source source;
    const char* made;
};

const Row rows[] = {
    {"1080p", {}, "1080p 1920x1080, 720p 1280x720, 480p 854x480, 360p 640x360"},
    {"1080p that is hardly more than its rung", {.bitrate = 6'000'000}, "720p 1280x720, 480p 854x480, 360p 640x360"},
    {"1080p one bit above that", {.bitrate = 6'000'001}, "1080p 1920x1080, 720p 1280x720, 480p 854x480, 360p 640x360"},
    {"1080p at a rate that nobody knows", {.bitrate = 0}, "1080p 1920x1080, 720p 1280x720, 480p 854x480, 360p 640x360"},
    {"1080p that no player takes as it is",
     {.bitrate = 3'000'000, .codec = media::Codec::vp9},
     "1080p 1920x1080, 720p 1280x720, 480p 854x480, 360p 640x360"},
    {"720p at a low rate", {.width = 1280, .height = 720, .bitrate = 1'000'000}, "480p 854x480, 360p 640x360"},
    {"a size between two rungs", {.width = 960, .height = 540}, "480p 854x480, 360p 640x360"},
    {"an odd size", {.width = 1365, .height = 767}, "720p 1282x720, 480p 854x480, 360p 640x360"},
    {"four to three", {.width = 1024, .height = 768}, "720p 960x720, 480p 640x480, 360p 480x360"},
    {"cinema", {.width = 1920, .height = 800}, "720p 1728x720, 480p 1152x480, 360p 864x360"},
    {"a phone held upright",
     {.width = 1080, .height = 1920},
     "1080p 1080x1920, 720p 720x1280, 480p 480x854, 360p 360x640"},
    {"a square", {.width = 720, .height = 720}, "720p 720x720, 480p 480x480, 360p 360x360"},
    {"smaller than every rung", {.width = 320, .height = 240}, ""},
    {"smaller than every rung, with sound to encode", {.width = 320, .height = 240, .channels = 6}, ""},
    {"the lowest rung's own size, at its rate", {.width = 640, .height = 360, .bitrate = 600'000}, ""},
    {"sound alone", {.width = 0, .height = 0}, ""},
    {"pictures alone", {.width = 640, .height = 480, .channels = 0}, "480p 640x480, 360p 480x360"},
    {"5.1", {.width = 640, .height = 480, .channels = 6}, "480p 640x480, 360p 480x360, stereo"},
    {"HE-AAC", {.width = 640, .height = 480, .sound = "mp4a.40.5"}, "480p 640x480, 360p 480x360, stereo"},
    {"Opus", {.width = 640, .height = 480, .sound = "opus"}, "480p 640x480, 360p 480x360, stereo"},
    {"mono AAC-LC", {.width = 640, .height = 480, .channels = 1}, "480p 640x480, 360p 480x360"},
};

TEST(Ladder, ASourceGetsTheRungsThatItsViewersExpect) {
    for (const Row& row : rows) EXPECT_EQ(made(choose_for(row.source)), row.made) << row.name;
}

TEST(Ladder, NobodyIsServedAPictureThatWasScaledUp) {
    for (std::uint32_t width = 2; width < 2600; width += 37) {
        for (std::uint32_t height = 3; height < 2600; height += 41) {
            const Choice choice = choose_for({.width = width, .height = height});
            for (const auto& rung : choice.setup.rungs) {
                EXPECT_LE(rung.width, width);
                EXPECT_LE(rung.height, height);
                EXPECT_EQ(rung.width % 2 + rung.height % 2, 0U);
                EXPECT_GE(std::min(rung.width, rung.height), 2U);
            }
        }
    }
}

TEST(Ladder, WhatIsLeftOutSaysWhy) {
    const Choice choice = choose_for({.width = 1280, .height = 720, .bitrate = 2'900'000});
    ASSERT_EQ(choice.plan.size(), 4U);
    EXPECT_EQ(reason(choice, "1080p"), "larger than the source, which is 1280x720");
    EXPECT_EQ(reason(choice, "720p"), "the source itself is 1280x720 at 2900k");
    EXPECT_EQ(reason(choice, "480p"), "");
    EXPECT_EQ(choice.plan[0].name, "1080p");
    EXPECT_EQ(choice.plan[0].bitrate, 5'000'000U);
}

TEST(Ladder, WithoutALadderNothingIsTranscodedNotEvenSound) {
    const Source source{.channels = 6};
    EXPECT_TRUE(choose_for(source, {}, {.ladder = "none"}).plan.empty());
    EXPECT_TRUE(choose_for(source, config::Config::standard_ladder(), {.ladder = "none"}).plan.empty());
    EXPECT_TRUE(
        choose_for(source, config::Config::standard_ladder(), {.transcode = config::Transcode::never}).plan.empty());
}

TEST(Ladder, RungsThatThisBuildCannotMakeAreNamedAndTheOthersAreMade) {
    const config::Ladder ladder{
        {.name = "good", .height = 480, .bitrate = 1_Mbps, .profile = "main", .device = "cpu"},
        {.name = "new", .height = 470, .bitrate = 1_Mbps, .codec = config::RungCodec::av1},
        {.name = "card", .height = 460, .bitrate = 1_Mbps, .device = "cuda:0"},
        {.name = "typo", .height = 450, .bitrate = 1_Mbps, .preset = "veryfats"},
        {.name = "deep", .height = 440, .bitrate = 1_Mbps, .profile = "high422"},
    };
    const Choice choice = choose_for({}, ladder);
    EXPECT_EQ(made(choice), "good 854x480");
    EXPECT_EQ(reason(choice, "new"), "this build does not encode av1");
    EXPECT_EQ(reason(choice, "card"), "this build does not encode on the device 'cuda:0'");
    EXPECT_EQ(reason(choice, "typo"), "x264 has no preset 'veryfats'");
    EXPECT_EQ(reason(choice, "deep"), "this build does not encode the profile 'high422'");
}

TEST(Ladder, ALadderInAnyOrderIsMadeHighestFirst) {
    const config::Ladder ladder{{.name = "low", .height = 360, .bitrate = 500_kbps},
                                {.name = "high", .height = 720, .bitrate = 3_Mbps},
                                {.name = "poor", .height = 720, .bitrate = 1_Mbps}};
    EXPECT_EQ(made(choose_for({}, ladder)), "high 1280x720, poor 1280x720, low 640x360");
}

TEST(Ladder, ALadderWithoutEndIsCut) {
    config::Ladder ladder;
    for (std::uint32_t i = 0; i < 40; ++i)
        ladder.push_back({.name = "r" + std::to_string(i), .height = 1000 - 2 * i, .bitrate = 1_Mbps});
    const Choice choice = choose_for({.channels = 6}, ladder);
    EXPECT_EQ(choice.setup.rungs.size(), most_rungs);
    EXPECT_EQ(choice.setup.rungs.back().name, stereo);
    EXPECT_EQ(reason(choice, "r15"), "a stream has at most 15 rungs");
}

TEST(Ladder, WhatTheWorkerIsToldIsWhatTheFileSays) {
    const config::Ladder ladder{{.name = "one",
                                 .height = 720,
                                 .bitrate = 3_Mbps,
                                 .maximum_bitrate = 4_Mbps,
                                 .preset = "fast",
                                 .profile = "high",
                                 .frame_rate = 25,
                                 .crf = 21}};
    const Choice choice = choose_for({.channels = 1, .sound = "mp4a.40.29"}, ladder,
                                     {.keyframe = std::chrono::milliseconds(1500), .latency = config::Latency::low});
    ASSERT_EQ(choice.setup.rungs.size(), 2U);
    const auto& rung = choice.setup.rungs[0];
    EXPECT_EQ(rung.codec, "h264");
    EXPECT_EQ(rung.bitrate, 3'000'000U);
    EXPECT_EQ(rung.maximum_bitrate, 4'000'000U);
    EXPECT_EQ(rung.preset, "fast");
    EXPECT_EQ(rung.profile, "high");
    EXPECT_EQ(rung.frame_rate, 25);
    EXPECT_EQ(rung.crf, 21U);
    EXPECT_EQ(rung.device, "auto");
    EXPECT_EQ(choice.setup.rungs[1].codec, "aac");
    EXPECT_EQ(choice.setup.rungs[1].bitrate, 64'000U);
    EXPECT_EQ(choice.setup.keyframe, media::Ticks::milliseconds(1500));
    EXPECT_TRUE(choice.setup.low_latency);
    EXPECT_EQ(choice.setup.memory, (600_MiB).bytes());
    EXPECT_EQ(choice.setup.cores, 64U);
}

TEST(Ladder, WhatTheMachineCannotCarryIsLeftOutFromTheTop) {
    const Choice all = choose_for({});
    const Choice some = choose_for({}, config::Config::standard_ladder(), {}, {.cores = 1, .free = 0.85, .memory = {}});
    EXPECT_EQ(made(some), "720p 1280x720, 480p 854x480, 360p 640x360");
    EXPECT_EQ(reason(some, "1080p"), "needs 1.5 of 1 cores together with what is below it; 0.8 are free");
    EXPECT_LE(some.cores, 0.85);
    EXPECT_GT(all.cores, 1.4);
    const Choice nothing = choose_for({.channels = 6}, config::Config::standard_ladder(), {}, {.cores = 2, .free = 0});
    EXPECT_EQ(made(nothing), "");
    EXPECT_EQ(nothing.cores, 0);
    for (const stream::RungPlan& rung : nothing.plan) EXPECT_THAT(rung.left_out, HasSubstr("0.0 are free"));
}

}  // namespace

}  // namespace weir::transcode

#include "transcode/ladder.hpp"

#include "media/track_config.hpp"
#include "transcode/sound.hpp"
#include "wire/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::transcode {

namespace {

using namespace base::literals;
using testing::HasSubstr;

/// Sound as encoders describe it.
struct Sound {
    std::string_view name;
    media::Codec codec;
    const char* record;
    bool is_missed;  ///< by some segments
};
constexpr Sound sounds[] = {
    {"mp4a.40.2", media::Codec::aac, "1190", false},
    {"mp4a.40.5", media::Codec::aac, "2b118800", false},
    {"mp4a.40.29", media::Codec::aac, "eb098800", false},
    {"opus", media::Codec::opus, "4f707573486561640102380180bb0000000000", false},
    {"mp3", media::Codec::mp3, "fffb9064", false},
    {"mp2", media::Codec::mp2, "fffda404", true},
    {"ac-3", media::Codec::ac3, "103d40", false},
    {"ec-3", media::Codec::eac3, "0600200f00", false},
    {"flac", media::Codec::flac, "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5", true},
    {"alaw", media::Codec::pcma, "00001f4001", true},
    {"ulaw", media::Codec::pcmu, "00001f4001", true},
};

media::Track track_of(std::string_view sound) {
    const Sound& row = *std::ranges::find(sounds, sound, &Sound::name);
    media::Track track = media::track_from_config(row.codec, weir::tests::from_hex(row.record)).value();
    track.id = media::audio_track_id;
    return track;
}

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
            media::Track audio = track_of(sound);
            audio.channels = channels;
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
    {"smaller than every rung, with sound that segments have no place for",
     {.width = 320, .height = 240, .channels = 1, .sound = "ulaw"},
     "stereo"},
    {"sound alone", {.width = 0, .height = 0}, ""},
    {"sound alone that segments have no place for", {.width = 0, .height = 0, .sound = "mp2"}, "stereo"},
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

TEST(Ladder, WithoutALadderSoundIsEncodedWhereSomeSegmentsHaveNoPlaceForItAndNothingElse) {
    for (const Sound& sound : sounds) {
        EXPECT_EQ(is_missed(track_of(sound.name)), sound.is_missed) << sound.name;
        EXPECT_EQ(is_missed(sound.codec), sound.is_missed) << sound.name;
        for (const std::uint32_t width : {1920U, 0U}) {
            const Source source{.width = width, .sound = sound.name};
            const Choice choice = choose_for(source, config::Config::standard_ladder(), {.ladder = "none"});
            EXPECT_EQ(made(choice), sound.is_missed ? "stereo" : "") << sound.name;
            EXPECT_EQ(made(choose_for(source, {}, {.ladder = "gone"})), made(choice)) << "and a reload took it away";
            EXPECT_EQ(choice.plan.size(), choice.setup.rungs.size());
            EXPECT_EQ(choice.cores, sound.is_missed ? format::CostModel{}.audio : 0);
            EXPECT_TRUE(choose_for(source, {}, {.transcode = config::Transcode::never}).plan.empty());
        }
    }
}

TEST(Ladder, SoundThatTheMachineCannotCarryIsLeftOutAndSaysWhy) {
    const Source source{.channels = 1, .sound = "alaw"};
    const Room little{.cores = 2, .free = 0.001, .memory = {}};
    const Choice alone = choose_for(source, {}, {.ladder = "none"}, little);
    EXPECT_EQ(made(alone), "");
    EXPECT_EQ(alone.cores, 0);
    EXPECT_THAT(reason(alone, "stereo"), HasSubstr("of 2 cores; 0.001 are free"));
    const Room enough_for_sound{.cores = 2, .free = 0.05, .memory = {}};
    const Choice heard = choose_for(source, config::Config::standard_ladder(), {}, enough_for_sound);
    EXPECT_EQ(made(heard), "stereo");
    EXPECT_THAT(reason(heard, "360p"), HasSubstr("are free"));
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

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/source.hpp"

namespace weir::stream::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(AudioGrid, whole_milliseconds_do_not_click_in_an_hour_of_sound) {
    for (const std::int64_t rate : {44'100, 48'000, 16'000}) {
        Source source({.frames = 0, .sample_rate = rate});
        source.announce();
        source.send(3'600'000);
        ASSERT_EQ(source.intake.faults(), TimestampFaults{}) << rate;
        const Ticks frame = Ticks::from(1024, rate);
        for (std::size_t i = 1; i < source.shipped.size(); ++i)
            ASSERT_EQ(source.shipped[i].dts - source.shipped[i - 1].dts, frame) << rate;
        EXPECT_EQ(source.shipped.back().duration, frame);
    }
}

TEST(AudioGrid, a_sound_card_that_runs_off_is_brought_back_to_the_picture_counted_and_told) {
    for (const double true_rate : {48'024.0, 47'976.0}) {  // half a millisecond a second
        Source source({.true_sample_rate = true_rate});
        source.announce();
        source.send(600'000);
        EXPECT_EQ(broken_promise(source.shipped), "");
        // 300 ms in ten minutes, 40 at a time.
        EXPECT_GE(source.intake.faults().drift, 5U) << true_rate;
        EXPECT_LE(source.intake.faults().drift, 9U) << true_rate;
        for (double t = 10'000; t < 600'000; t += 10'000)
            EXPECT_NEAR(ahead(source.shipped, t), 0, 62) << true_rate << " at " << t;
        EXPECT_THAT(source.remarks, Contains(HasSubstr("ms away from its sample count; resynchronized")));
        EXPECT_LT(longest_step(source.of(media::audio_track_id)), 70);
    }
}

TEST(AudioGrid, a_few_lost_frames_leave_a_hole_and_not_an_offset) {
    Source source({});
    source.lost = [](std::uint32_t track, double truth) {
        return track == media::audio_track_id && truth >= 10'000 && truth < 10'100;
    };
    source.announce();
    source.send(20'000);
    EXPECT_EQ(source.intake.faults().drift, 1U);
    EXPECT_NEAR(ahead(source.shipped, 20'000), 0, 2);
}

TEST(AudioGrid, jitter_of_the_wire_is_smoothed) {
    Source source({});
    source.stamp = [](std::uint32_t track, double truth) {
        return track == media::audio_track_id ? truth + 30 * std::sin(truth * 0.7) : truth;
    };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(source.intake.faults().drift, 0U);
    const auto audio = source.of(media::audio_track_id);
    for (std::size_t i = 1; i < audio.size(); ++i)
        ASSERT_EQ(audio[i].dts - audio[i - 1].dts, Ticks::from(1024, 48'000));
}

TEST(AudioGrid, a_source_with_a_wrong_sampling_rate_is_followed_by_its_timestamps) {
    for (const double true_rate : {24'000.0, 44'100.0, 96'000.0}) {
        Source source({.true_sample_rate = true_rate});
        source.announce();
        source.send(60'000);
        EXPECT_EQ(broken_promise(source.shipped), "");
        EXPECT_LE(source.intake.faults().drift, 8U) << true_rate;
        EXPECT_NEAR(ahead(source.shipped, 60'000), 0, 45) << true_rate;
        EXPECT_THAT(source.remarks, Contains(HasSubstr("does not keep to its sampling rate")));
        const auto audio = source.of(media::audio_track_id);
        EXPECT_GT(static_cast<double>(audio.size()), 60 * true_rate / 1024 - 60) << "nearly nothing is left out";
    }
}

TEST(AudioGrid, timestamps_that_stand_still_do_not_silence_the_sound) {
    Source source({.frames = 0});
    source.stamp = [](std::uint32_t, double) { return 0.0; };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_GT(source.shipped.size(), 2700U);
    EXPECT_THAT(source.remarks, Contains(HasSubstr("stand still")));
    EXPECT_NEAR((source.shipped.back().dts - source.shipped.front().dts).to_seconds(), 59, 1);
}

}  // namespace
}  // namespace weir::stream::test

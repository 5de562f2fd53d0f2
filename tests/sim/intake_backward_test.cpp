#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/source.hpp"

namespace weir::stream::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// The source's clock goes back to zero at `when`.
auto restarting_at(double when) {
    return [when](std::uint32_t, double truth) { return truth < when ? truth : truth - when; };
}

TEST(BackwardJump, time_goes_on_and_sound_stays_with_the_picture) {
    Source source({});
    source.stamp = restarting_at(10'000);
    source.announce();
    source.send(20'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_EQ(source.intake.faults().backward, 1U);
    EXPECT_EQ(source.intake.faults().gap, 0U);
    EXPECT_EQ(source.intake.faults().drift, 0U);
    EXPECT_LT(longest_step(source.of(media::video_track_id)), 70);
    EXPECT_LT(longest_step(source.of(media::audio_track_id)), 70);
    EXPECT_NEAR(ahead(source.shipped, 9'900), ahead(source.shipped, 20'000), 3);
    EXPECT_THAT(source.remarks, Contains(HasSubstr("timestamps went back")));
}

TEST(BackwardJump, of_a_source_that_sends_its_sound_late_keeps_them_together_too) {
    for (const auto behind : {100ms, 300ms, 800ms}) {
        Source source({.audio_behind = behind});
        source.stamp = restarting_at(10'000);
        source.announce();
        source.send(20'000);
        EXPECT_EQ(broken_promise(source.shipped), "");
        EXPECT_EQ(source.intake.faults().backward, 1U) << behind / 1ms;
        EXPECT_NEAR(ahead(source.shipped, 9'000), ahead(source.shipped, 20'000), 45) << behind / 1ms;
        EXPECT_LT(longest_step(source.of(media::video_track_id)), 70);
    }
}

TEST(BackwardJump, again_and_again_loses_nothing) {
    Source source({});
    source.stamp = [](std::uint32_t, double truth) { return std::fmod(truth, 7'000); };
    source.announce();
    source.send(70'500);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_EQ(source.intake.faults().backward, 10U);
    EXPECT_NEAR(ahead(source.shipped, 6'900), ahead(source.shipped, 70'500), 25);
    const auto video = source.of(media::video_track_id);
    EXPECT_NEAR((video.back().dts - video.front().dts).to_seconds(), 70.5, 1);
}

TEST(BackwardJump, of_the_sound_alone_does_not_disturb_the_picture) {
    Source source({});
    source.stamp = [](std::uint32_t track, double truth) {
        return track == media::audio_track_id && truth >= 10'000 ? truth - 5'000 : truth;
    };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_EQ(source.intake.faults().backward, 1U);
    EXPECT_EQ(source.intake.faults().gap, 0U);
    EXPECT_LT(longest_step(source.of(media::video_track_id)), 35);
    EXPECT_LT(longest_step(source.of(media::audio_track_id)), 70);
    EXPECT_NEAR(ahead(source.shipped, 60'000), 0, 70) << "it goes by when they arrive";
}

TEST(BackwardJump, a_little_disorder_is_none) {
    Source source({});
    source.stamp = [](std::uint32_t track, double truth) {
        return track == media::video_track_id && static_cast<int>(truth) % 1000 < 34 ? truth - 100 : truth;
    };
    source.announce();
    source.send(20'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_EQ(source.intake.faults().backward, 0U);
}

}  // namespace
}  // namespace weir::stream::test

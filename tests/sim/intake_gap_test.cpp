#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/source.hpp"

namespace weir::stream::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// The source's clock leaps by `leap` at `when`.
auto leaping(double when, double leap) {
    return [=](std::uint32_t, double truth) { return truth < when ? truth : truth + leap; };
}

TEST(Gap, of_a_minute_on_the_wire_is_closed_and_sound_stays_with_the_picture) {
    for (const double leap : {3'500.0, 60'000.0, 1e9}) {
        Source source({});
        source.stamp = leaping(10'000, leap);
        source.announce();
        source.send(20'000);
        EXPECT_EQ(broken_promise(source.shipped), "");
        EXPECT_EQ(source.intake.faults(), (TimestampFaults{.gap = 1, .backward = 0, .wrap = 0, .drift = 0, .fast = 0}))
            << leap;
        EXPECT_LT(longest_step(source.of(media::video_track_id)), 70);
        EXPECT_LT(longest_step(source.of(media::audio_track_id)), 70);
        EXPECT_NEAR(ahead(source.shipped, 9'900), ahead(source.shipped, 20'000), 3);
        EXPECT_THAT(source.remarks, Contains(HasSubstr("forward; the gap is closed")));
    }
}

TEST(Gap, near_the_limit_never_parts_sound_and_picture) {
    for (double leap = 2'900; leap < 3'100; leap += 7) {
        Source source({.audio_behind = 150ms});
        source.stamp = leaping(10'000, leap);
        source.announce();
        source.send(20'000);
        EXPECT_EQ(broken_promise(source.shipped), "");
        EXPECT_NEAR(ahead(source.shipped, 9'000), ahead(source.shipped, 20'000), 45) << leap;
    }
}

TEST(Gap, of_two_seconds_without_anything_is_kept) {
    Source source({});
    source.lost = [](std::uint32_t, double truth) { return truth >= 10'000 && truth < 12'000; };
    source.announce();
    source.send(20'000);
    EXPECT_EQ(source.intake.faults().gap, 0U);
    EXPECT_NEAR(longest_step(source.of(media::video_track_id)), 2033, 40);
    EXPECT_NEAR(ahead(source.shipped, 20'000), 0, 2);
}

TEST(Gap, of_a_microphone_that_is_off_for_a_while_is_no_fault_of_the_clock) {
    Source source({});
    source.lost = [](std::uint32_t track, double truth) {
        return track == media::audio_track_id && truth >= 10'000 && truth < 40'000;
    };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(source.intake.faults().gap, 0U);
    EXPECT_EQ(source.intake.faults().backward, 0U);
    EXPECT_NEAR(longest_step(source.of(media::audio_track_id)), 30'021, 50) << "silence is as long as it was";
    EXPECT_NEAR(ahead(source.shipped, 60'000), 0, 2);
}

TEST(Gap, of_a_camera_that_is_off_for_a_while_is_none_either) {
    Source source({});
    source.lost = [](std::uint32_t track, double truth) {
        return track == media::video_track_id && truth >= 10'000 && truth < 40'000;
    };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(source.intake.faults(), TimestampFaults{});
    EXPECT_NEAR(ahead(source.shipped, 60'000), 0, 2);
}

TEST(Gap, a_track_that_comes_in_with_a_clock_of_its_own_is_put_where_it_arrives) {
    Source source({});
    source.stamp = [](std::uint32_t track, double truth) {
        return track == media::audio_track_id ? truth + 1e8 : truth;
    };
    source.announce();
    source.send(20'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_NEAR(ahead(source.shipped, 20'000), 0, 45);
}

}  // namespace
}  // namespace weir::stream::test

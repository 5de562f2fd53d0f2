#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/source.hpp"

namespace weir::stream::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(Wrap, of_the_32_bit_clock_is_not_seen_by_anybody) {
    Source source({.start = (std::uint64_t{1} << 32) - 10'000});
    source.announce();
    source.send(20'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_EQ(source.intake.faults(), (TimestampFaults{.gap = 0, .backward = 0, .wrap = 1, .drift = 0, .fast = 0}));
    EXPECT_LT(longest_step(source.of(media::video_track_id)), 35);
    EXPECT_NEAR(ahead(source.shipped, 20'000), 0, 2);
    EXPECT_THAT(source.remarks, Contains(HasSubstr("clock wrapped")));
}

TEST(Wrap, of_a_source_whose_sound_begins_on_the_other_side) {
    // The first picture has 4,294,967,290 ms, the first sound 4 ms.
    Source source({.start = (std::uint64_t{1} << 32) - 6});
    source.lost = [](std::uint32_t track, double truth) { return track == media::audio_track_id && truth < 10; };
    source.announce();
    source.send(5'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_NEAR(ahead(source.shipped, 5'000), 0, 2);
    EXPECT_EQ(source.intake.faults().gap + source.intake.faults().backward, 0U);
}

TEST(Wrap, a_clock_that_wraps_at_31_bits_is_a_jump_and_time_goes_on) {
    Source source({.start = (std::uint64_t{1} << 31) - 10'000});
    source.stamp = [](std::uint32_t, double truth) { return truth < 10'000 ? truth : truth - 2147483648.0; };
    source.announce();
    source.send(20'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    EXPECT_LT(longest_step(source.of(media::video_track_id)), 70);
    EXPECT_EQ(source.intake.faults().backward + source.intake.faults().gap, 1U);
}

}  // namespace
}  // namespace weir::stream::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/source.hpp"

namespace weir::stream::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// How far the newest packet is ahead of a source in real time.
base::Duration lead(const Source& source) {
    const Shipped& first = source.shipped.front();
    const Shipped& last = source.shipped.back();
    return (last.dts - first.dts).to_duration() - (last.now - first.now);
}

TEST(Pace, a_file_sent_as_fast_as_it_goes_is_slowed_to_real_time_past_a_bounded_lead) {
    Source source({.speed = 10});
    source.announce();
    source.send(120'000);
    EXPECT_EQ(source.intake.faults().fast, 1U) << "one long fault";
    EXPECT_LT(lead(source), 2100ms);
    EXPECT_GT(lead(source), 1900ms);
    EXPECT_LT(source.longest_pause, 100ms) << "slowed, not stopped";
    EXPECT_THAT(source.remarks, Contains(HasSubstr("ahead of real time")));
}

TEST(Pace, a_source_in_real_time_is_never_paused) {
    Source source({});
    source.announce();
    source.send(600'000);
    EXPECT_EQ(source.longest_pause, 0s);
    EXPECT_EQ(source.intake.faults().fast, 0U);
}

TEST(Pace, a_source_that_catches_up_after_a_stall_may_do_so_at_any_speed) {
    Source source({});
    source.announce();
    source.send(10'000);
    const base::Instant stalled = source.clock() + 8s;
    // Eight seconds late, and then everything at once.
    EXPECT_EQ(source.intake.pause(stalled), 0s);
    Source burst({.speed = 1});
    burst.announce();
    burst.send(10'000);
    for (std::uint64_t t = 10'000; t < 18'000; t += 33) {
        ASSERT_TRUE(burst.intake.receive({.track = media::video_track_id,
                                          .wire_time = t,
                                          .composition_offset = {},
                                          .keyframe = false,
                                          .payload = base::Bytes::copy_of("x")},
                                         at(18s).instant));
        EXPECT_EQ(burst.intake.pause(at(18s).instant), 0s);
    }
}

TEST(Pace, jumps_of_the_clock_are_no_lead) {
    Source source({});
    source.stamp = [](std::uint32_t, double truth) { return truth < 10'000 ? truth : truth + 1e6; };
    source.announce();
    source.send(20'000);
    EXPECT_EQ(source.intake.faults().fast, 0U);
    EXPECT_EQ(source.longest_pause, 0s);
}

}  // namespace
}  // namespace weir::stream::test

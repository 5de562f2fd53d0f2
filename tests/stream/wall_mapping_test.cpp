#include "stream/wall_mapping.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"
#include "stream/rate_meter.hpp"

namespace weir::stream::test {
namespace {

TEST(WallMapping, runs_as_the_media_does) {
    WallMapping wall;
    wall.jump(ms(0), at(0s).wall);
    wall.begin_segment(ms(0), at(0s).wall);
    EXPECT_EQ(wall.wall(ms(1500)), at(1500ms).wall);
}

TEST(WallMapping, media_that_comes_unevenly_is_dated_as_it_runs) {
    WallMapping wall;
    wall.jump(ms(0), at(10ms).wall);
    wall.begin_segment(ms(0), at(10ms).wall);
    // The least delay of each segment: the machine is busy for a while, and then less than it was at first.
    std::int64_t dts = 0;
    for (const std::int64_t delay : {12, 48, 70, 100, 35, 9, 0, 0, 5, 10, 10, 60, 3}) {
        dts += 2000;
        const base::WallTime now = at(std::chrono::milliseconds(dts + delay)).wall;
        wall.observe(ms(dts), now);
        wall.begin_segment(ms(dts), now);
        EXPECT_EQ(wall.wall(ms(dts)), at(std::chrono::milliseconds(dts + 10)).wall)
            << "with a delay of " << delay << " ms";
    }
}

TEST(WallMapping, follows_a_clock_that_runs_slower_and_stays_near_it) {
    WallMapping wall;
    wall.jump(ms(0), at(0s).wall);
    wall.begin_segment(ms(0), at(0s).wall);
    int moved = 0;
    base::WallTime last = at(0s).wall;
    for (int segment = 1; segment <= 1800; ++segment) {  // an hour, in which a clock of 100 ppm loses 360 ms
        const std::int64_t dts = segment * 2000;
        const base::WallTime now = at(std::chrono::microseconds(dts * 1000 + dts / 10)).wall;
        wall.observe(ms(dts), now);
        wall.begin_segment(ms(dts), now);
        const base::WallTime start = wall.wall(ms(dts));
        EXPECT_LE(start, now);
        EXPECT_LE(now - start, 101ms);
        moved += start - last != 2s ? 1 : 0;
        last = start;
    }
    EXPECT_GT(moved, 0);
    EXPECT_LE(moved, 36) << "one step for ten milliseconds, not one for each segment";
}

TEST(WallMapping, follows_a_clock_that_differs_by_ten_milliseconds_a_segment_and_no_more) {
    WallMapping wall;
    wall.jump(ms(0), at(0s).wall);
    wall.begin_segment(ms(0), at(0s).wall);
    base::WallTime last = at(0s).wall;
    for (int segment = 1; segment <= 20; ++segment) {
        // Everything arrives half a second later than it did at first.
        const std::int64_t dts = segment * 6000;
        const base::WallTime now = at(std::chrono::milliseconds(dts + 500)).wall;
        wall.observe(ms(dts), now);
        wall.begin_segment(ms(dts), now);
        const base::WallTime start = wall.wall(ms(dts));
        EXPECT_EQ(start - last, 6s + 10ms);
        last = start;
    }
}

TEST(WallMapping, a_late_packet_moves_nothing_when_the_others_are_in_time) {
    WallMapping wall;
    wall.jump(ms(0), at(0s).wall);
    wall.begin_segment(ms(0), at(0s).wall);
    wall.observe(ms(3000), at(3s).wall);
    wall.observe(ms(6000), at(9s).wall);
    wall.begin_segment(ms(6000), at(9s).wall);
    EXPECT_EQ(wall.wall(ms(6000)), at(6s).wall);
}

TEST(WallMapping, names_no_time_in_the_future_once_a_lead_is_given_back) {
    WallMapping wall;
    wall.jump(ms(0), at(0s).wall);
    wall.begin_segment(ms(0), at(0s).wall);
    // A burst: six seconds of media after one second, and from there on as long as it lasts.
    base::WallTime last = wall.wall(ms(0));
    for (int segment = 1; segment <= 12; ++segment) {
        const std::int64_t dts = segment * 6000;
        const base::WallTime now = at(std::chrono::milliseconds(dts - 5000)).wall;
        wall.observe(ms(dts), now);
        wall.begin_segment(ms(dts), now);
        const base::WallTime start = wall.wall(ms(dts));
        EXPECT_GE(start - last, 6s - 510ms) << "each time of day has one picture";
        EXPECT_LE(start - now, std::max<base::Duration>(5s - segment * 500ms, 50ms));
        last = start;
    }
}

TEST(WallMapping, packets_that_come_a_little_sooner_than_the_first_are_no_jump) {
    WallMapping wall;
    wall.jump(ms(0), at(40ms).wall);
    wall.begin_segment(ms(0), at(40ms).wall);
    wall.observe(ms(6000), at(6s).wall);
    wall.begin_segment(ms(6000), at(6s).wall);
    EXPECT_EQ(wall.wall(ms(6000)), at(6040ms).wall);
}

TEST(WallMapping, the_hold_is_a_jump_of_wall_time_and_not_of_stream_time) {
    WallMapping wall;
    wall.jump(ms(0), at(0s).wall);
    wall.begin_segment(ms(0), at(0s).wall);
    wall.jump(ms(2000), at(12s).wall);
    wall.begin_segment(ms(2000), at(12s).wall);
    EXPECT_EQ(wall.wall(ms(2000)), at(12s).wall);
}

TEST(RateMeter, says_the_rate_of_the_last_seconds_from_the_first_second_on) {
    RateMeter meter;
    EXPECT_EQ(meter.bits_per_second(at(0s).instant), 0U);
    for (int i = 0; i < 100; ++i) meter.add(1250, at(i * 10ms).instant);
    EXPECT_NEAR(static_cast<double>(meter.bits_per_second(at(1s).instant)), 1e6, 2e4);
    for (int i = 100; i < 3000; ++i) meter.add(2500, at(i * 10ms).instant);
    EXPECT_NEAR(static_cast<double>(meter.bits_per_second(at(30s).instant)), 2e6, 4e4);
    EXPECT_EQ(meter.bits_per_second(at(36s).instant), 0U) << "a silent source has no rate";
    for (int i = 0; i < 200; ++i) meter.add(1250, at(60s + i * 10ms).instant);
    EXPECT_NEAR(static_cast<double>(meter.bits_per_second(at(62s).instant)), 1e6, 2e4)
        << "silence is no part of a new rate";
}

}  // namespace
}  // namespace weir::stream::test

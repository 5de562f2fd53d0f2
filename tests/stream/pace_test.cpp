#include "stream/pace.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

/// `media` of frames at 25 a second, sent `speed` times as fast as they are shown from `now` on; ends when the last was.
base::Duration send(Pace& pace, std::int64_t from, std::int64_t media, int speed, base::Duration now) {
    for (std::int64_t sent = 0; sent < media; sent += 40, now += 40ms / speed)
        pace.note(ms(from + sent), at(now).instant);
    return now;
}

TEST(Pace, of_a_source_in_real_time_is_calm_from_the_first_packet_on) {
    Pace pace;
    EXPECT_TRUE(pace.is_calm(at(0s).instant));
    const base::Duration now = send(pace, 0, 5000, 1, 0s);
    EXPECT_TRUE(pace.is_calm(at(now).instant));
}

TEST(Pace, of_one_that_is_heard_again_is_known_half_a_second_later) {
    Pace pace;
    (void)send(pace, 0, 2000, 1, 0s);
    pace.resume(at(9s).instant);
    EXPECT_FALSE(pace.is_calm(at(9s).instant));
    const base::Duration now = send(pace, 9000, 500, 1, 9s);
    EXPECT_TRUE(pace.is_calm(at(now + 20ms).instant));
}

TEST(Pace, of_a_burst_is_not_calm_until_it_is_over) {
    Pace pace;
    pace.resume(at(9s).instant);
    base::Duration now = send(pace, 2000, 7000, 40, 9s);
    EXPECT_FALSE(pace.is_calm(at(now).instant)) << "seven seconds of media in a sixth of one";
    now = send(pace, 9000, 500, 1, now);
    EXPECT_FALSE(pace.is_calm(at(now).instant));
    now = send(pace, 9500, 1000, 1, now);
    EXPECT_TRUE(pace.is_calm(at(now).instant));
}

}  // namespace
}  // namespace weir::stream::test

#include "package/boundaries.hpp"

#include <gtest/gtest.h>

namespace weir::package {
namespace {

using media::Ticks;
using Outcome = Boundaries::Outcome;

base::WallTime wall(double second) {
    return base::WallTime(std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(1000 + second)));
}

TEST(Boundaries, NumbersStartAtTheUnixSecondAndCountUp) {
    Boundaries boundaries(1000);
    EXPECT_TRUE(boundaries.empty());
    EXPECT_EQ(boundaries.open(Ticks::seconds(5), wall(0), Break::continuous), Outcome::opened);
    EXPECT_EQ(boundaries.open(Ticks::seconds(11), wall(6), Break::continuous), Outcome::opened);
    EXPECT_EQ(boundaries.open(Ticks::seconds(17), wall(12), Break::discontinuity), Outcome::opened);
    EXPECT_EQ(boundaries.oldest().sequence, 1000U);
    EXPECT_EQ(boundaries.newest().sequence, 1002U);
    EXPECT_EQ(boundaries.oldest().discontinuity_sequence, 0U);
    EXPECT_EQ(boundaries.newest().discontinuity_sequence, 1U);
    EXPECT_TRUE(boundaries.newest().discontinuity);
}

TEST(Boundaries, TheFirstIsNoDiscontinuity) {
    Boundaries boundaries(1000);
    (void)boundaries.open(Ticks(), wall(0), Break::discontinuity);
    EXPECT_FALSE(boundaries.newest().discontinuity);
    EXPECT_EQ(boundaries.newest().discontinuity_sequence, 0U);
}

TEST(Boundaries, ANumberIsNotUsedBeforeItsSecond) {
    Boundaries boundaries(1000);
    (void)boundaries.open(Ticks(), wall(0.4), Break::continuous);
    EXPECT_EQ(boundaries.open(Ticks::seconds(0.5), wall(0.9), Break::continuous), Outcome::refused);
    EXPECT_EQ(boundaries.newest().at, Ticks());
    EXPECT_EQ(boundaries.open(Ticks::seconds(0.6), wall(1.0), Break::continuous), Outcome::opened);
    EXPECT_EQ(boundaries.open(Ticks::seconds(1), wall(1.4), Break::discontinuity), Outcome::reopened);
    EXPECT_EQ(boundaries.newest().sequence, 1001U);
    EXPECT_EQ(boundaries.newest().at, Ticks::seconds(1));
    EXPECT_TRUE(boundaries.newest().discontinuity);
    EXPECT_EQ(boundaries.open(Ticks::seconds(1.2), wall(1.6), Break::discontinuity), Outcome::reopened);
    EXPECT_EQ(boundaries.newest().discontinuity_sequence, 1U); // the same break, not a second one
}

TEST(Boundaries, FindsTheEndOfASegmentAndTheSegmentOfATime) {
    Boundaries boundaries(1000);
    for (int i = 0; i < 4; ++i)
        (void)boundaries.open(Ticks::seconds(6.0 * i), wall(6.0 * i), Break::continuous);
    EXPECT_EQ(boundaries.after(1000)->sequence, 1001U);
    EXPECT_EQ(boundaries.after(1003), nullptr);
    EXPECT_EQ(boundaries.before(Ticks::seconds(11))->sequence, 1001U);
    EXPECT_EQ(boundaries.before(Ticks::seconds(12))->sequence, 1002U);
    EXPECT_EQ(boundaries.before(Ticks::seconds(-1)), nullptr);
    boundaries.forget_oldest();
    boundaries.forget_oldest();
    EXPECT_EQ(boundaries.oldest().sequence, 1002U);
    EXPECT_EQ(boundaries.after(1002)->sequence, 1003U);
    EXPECT_EQ(boundaries.before(Ticks::seconds(11)), nullptr);
}

} // namespace
} // namespace weir::package

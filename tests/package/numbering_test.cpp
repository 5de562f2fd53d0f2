#include "package/numbering.hpp"

#include <gtest/gtest.h>

namespace weir::package {
namespace {

using media::Ticks;
using Outcome = Numbering::Outcome;

base::WallTime wall(double second) {
    return base::WallTime(std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(1000 + second)));
}

TEST(Numbering, NumbersStartAtTheUnixSecondAndCountUp) {
    Numbering numbering(1000);
    EXPECT_TRUE(numbering.empty());
    EXPECT_EQ(numbering.open(Ticks::seconds(5), wall(0), Break::continuous), Outcome::opened);
    EXPECT_EQ(numbering.open(Ticks::seconds(11), wall(6), Break::continuous), Outcome::opened);
    EXPECT_EQ(numbering.open(Ticks::seconds(17), wall(12), Break::discontinuity), Outcome::opened);
    EXPECT_EQ(numbering.oldest().sequence, 1000U);
    EXPECT_EQ(numbering.newest().sequence, 1002U);
    EXPECT_EQ(numbering.oldest().discontinuity_sequence, 0U);
    EXPECT_EQ(numbering.newest().discontinuity_sequence, 1U);
    EXPECT_TRUE(numbering.newest().discontinuity);
}

TEST(Numbering, TheFirstIsNoDiscontinuity) {
    Numbering numbering(1000);
    (void)numbering.open(Ticks(), wall(0), Break::discontinuity);
    EXPECT_FALSE(numbering.newest().discontinuity);
    EXPECT_EQ(numbering.newest().discontinuity_sequence, 0U);
}

TEST(Numbering, ANumberIsNotUsedBeforeItsSecond) {
    Numbering numbering(1000);
    (void)numbering.open(Ticks(), wall(0), Break::continuous);
    EXPECT_EQ(numbering.open(Ticks::seconds(0.4), wall(0.4), Break::continuous), Outcome::refused);
    EXPECT_EQ(numbering.newest().at, Ticks());
    EXPECT_EQ(numbering.open(Ticks::seconds(0.6), wall(1.0), Break::continuous), Outcome::opened);
    EXPECT_EQ(numbering.open(Ticks::seconds(1), wall(1.4), Break::discontinuity), Outcome::reopened);
    EXPECT_EQ(numbering.newest().sequence, 1001U);
    EXPECT_EQ(numbering.newest().at, Ticks::seconds(1));
    EXPECT_EQ(numbering.newest().from, Ticks::seconds(0.6));  // the segment before ends where it did
    EXPECT_TRUE(numbering.newest().discontinuity);
    EXPECT_EQ(numbering.open(Ticks::seconds(1.2), wall(1.45), Break::discontinuity), Outcome::reopened);
    EXPECT_EQ(numbering.newest().discontinuity_sequence, 1U);  // the same break, not a second one
}

TEST(Numbering, EachTimeOfDayHasOnePictureWhateverTheClockSays) {
    Numbering numbering(1000);
    (void)numbering.open(Ticks(), wall(0), Break::continuous);
    (void)numbering.open(Ticks::seconds(6), wall(6), Break::continuous);
    (void)numbering.open(Ticks::seconds(6.4), wall(5.9), Break::continuous);
    EXPECT_EQ(numbering.newest().wall, wall(6.3));
    (void)numbering.open(Ticks::seconds(12.4), wall(11.9), Break::continuous);
    EXPECT_EQ(numbering.newest().wall, wall(11.9));
}

TEST(Numbering, WhatPlayersHaveSeenDoesNotStartOver) {
    Numbering numbering(1000);
    (void)numbering.open(Ticks(), wall(0), Break::continuous);
    numbering.seal();
    EXPECT_EQ(numbering.open(Ticks::seconds(0.4), wall(0.4), Break::discontinuity), Outcome::refused);
    EXPECT_EQ(numbering.newest().at, Ticks());
    EXPECT_EQ(numbering.open(Ticks::seconds(1), wall(1), Break::discontinuity), Outcome::opened);
    EXPECT_EQ(numbering.open(Ticks::seconds(1.2), wall(1.2), Break::discontinuity), Outcome::reopened);
}

TEST(Numbering, FindsTheEndOfASegmentAndTheSegmentOfATime) {
    Numbering numbering(1000);
    for (int i = 0; i < 4; ++i) (void)numbering.open(Ticks::seconds(6.0 * i), wall(6.0 * i), Break::continuous);
    EXPECT_EQ(numbering.after(1000)->sequence, 1001U);
    EXPECT_EQ(numbering.after(1003), nullptr);
    EXPECT_EQ(numbering.before(Ticks::seconds(11))->sequence, 1001U);
    EXPECT_EQ(numbering.before(Ticks::seconds(12))->sequence, 1002U);
    EXPECT_EQ(numbering.before(Ticks::seconds(-1)), nullptr);
    EXPECT_EQ(numbering.starting_at(Ticks::seconds(12))->sequence, 1002U);
    EXPECT_EQ(numbering.starting_at(Ticks::seconds(12) + Ticks::from(1, 90'000)), nullptr);
    numbering.forget_oldest();
    numbering.forget_oldest();
    EXPECT_EQ(numbering.oldest().sequence, 1002U);
    EXPECT_EQ(numbering.after(1002)->sequence, 1003U);
    EXPECT_EQ(numbering.before(Ticks::seconds(11)), nullptr);
}

}  // namespace
}  // namespace weir::package

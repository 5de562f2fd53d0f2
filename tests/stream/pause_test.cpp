#include <gtest/gtest.h>

#include "stream/house.hpp"

namespace weir::stream::test {
namespace {

config::StreamOptions with(bool paused) {
    config::StreamOptions options;
    options.paused = paused;
    return options;
}

std::size_t discontinuities(const std::vector<Packaged::Row>& rows) {
    return static_cast<std::size_t>(
        std::ranges::count_if(rows, [](const Packaged::Row& row) { return row.entry.packet->discontinuity; }));
}

TEST(Pause, viewers_wait_as_for_a_lost_publisher_and_go_on_behind_a_discontinuity) {
    House house;
    Follower viewer(house.shard());
    const auto publication = house.publish();
    std::int64_t clock = house.send(*publication, 0, 5s);
    ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    house.stream().set_options(with(true), house.now());
    EXPECT_EQ(house.state(), State::recovering);
    EXPECT_EQ(house.snapshot()->reason, "paused by an operator");
    const std::size_t taken = house.packaged().packets;
    clock = house.send(*publication, clock, 40s);
    EXPECT_EQ(house.packaged().packets, taken) << "nothing is taken in";
    EXPECT_EQ(house.state(), State::recovering) << "while the publisher is there the hold has no end";
    EXPECT_TRUE(house.evicted().empty());
    house.stream().set_options(with(false), house.now());
    (void)house.send(*publication, clock, 5s);
    EXPECT_EQ(house.state(), State::running);
    EXPECT_FALSE(viewer.ended());
    EXPECT_FALSE(viewer.broken());
    EXPECT_EQ(discontinuities(house.packaged().rows), 2U) << "one for each track";
    EXPECT_NEAR(house.packaged().rows.back().entry.packet->dts.to_seconds(), 10, 1.5)
        << "the pause is no part of stream time";
}

TEST(Pause, does_not_keep_a_stream_alive_whose_publisher_is_gone) {
    House house;
    const auto publication = house.publish();
    (void)house.send(*publication, 0, 3s);
    house.stream().set_options(with(true), house.now());
    house.wait(60s);
    EXPECT_EQ(house.evicted(), std::vector<std::string>{"p-1: the publisher fell silent"});
    EXPECT_TRUE(house.stream().is_over());
}

TEST(Pause, holds_for_the_publisher_that_comes_next) {
    House house;
    house.stream().set_options(with(true), house.now());
    const auto publication = house.publish();
    const std::int64_t clock = house.send(*publication, 0, 3s);
    EXPECT_EQ(house.state(), State::recovering);
    EXPECT_EQ(house.packaged().packets, 0U);
    house.stream().set_options(with(false), house.now());
    (void)house.send(*publication, clock, 3s);
    EXPECT_EQ(house.state(), State::running);
}

TEST(Pause, a_paused_stream_can_be_stopped) {
    House house;
    const auto publication = house.publish();
    (void)house.send(*publication, 0, 3s);
    house.stream().set_options(with(true), house.now());
    house.stream().stop("ended by an operator", house.now());
    house.wait(3s);
    EXPECT_EQ(house.state(), State::stopped);
}

TEST(Kick, a_publisher_is_told_and_may_come_back) {
    House house;
    const auto publication = house.publish();
    (void)house.send(*publication, 0, 3s);
    EXPECT_FALSE(house.stream().kick("p-2", "sent away", house.now()));
    EXPECT_TRUE(house.stream().kick("p-1", "sent away", house.now()));
    EXPECT_EQ(house.evicted(), std::vector<std::string>{"p-1: sent away"});
    EXPECT_EQ(house.state(), State::recovering);
    const auto again = house.publish("p-2");
    ASSERT_TRUE(again);
    (void)house.send(*again, 0, 3s);
    EXPECT_EQ(house.state(), State::running);
}

TEST(Options, what_can_change_on_a_stream_that_runs_changes_and_nothing_else) {
    House house;
    const auto publication = house.publish();
    (void)house.send(*publication, 0, 3s);
    config::StreamOptions options;
    options.hold = 2s;
    options.segment = 1s;
    options.ladder = "none";
    house.stream().set_options(options, house.now());
    EXPECT_EQ(house.snapshot()->options.hold, 2s);
    EXPECT_EQ(house.snapshot()->options.segment, 6s);
    EXPECT_EQ(house.snapshot()->options.ladder, "none");
    house.stream().leave(*publication, "lost", house.now());
    house.wait(3s);
    EXPECT_TRUE(house.stream().is_over()) << "after the hold that holds now";
}

}  // namespace
}  // namespace weir::stream::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/promises.hpp"
#include "stream/house.hpp"

namespace weir::stream::test {
namespace {

TEST(HoldSimulation, a_publisher_that_is_cut_and_returns_ten_times_keeps_its_viewers) {
    House house;
    Follower viewer(house.shard());
    std::int64_t clock = 0;
    for (int round = 0; round <= 10; ++round) {
        const auto publication = house.publish("p-" + std::to_string(round));
        ASSERT_TRUE(publication) << round;
        // Each time with a clock of its own, every other time with another size.
        clock = round * 123'000;
        const auto tracks = both(round % 2 == 0 ? 1280 : 640);
        house.send(*publication, clock, 10s, tracks);
        if (round == 0) ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
        house.stream().leave(*publication, "the connection was lost", house.now());
        house.wait(std::chrono::seconds(1 + round));
        ASSERT_EQ(house.state(), State::recovering) << round;
    }
    EXPECT_FALSE(viewer.ended());
    EXPECT_FALSE(viewer.broken());
    check_promises(house.packaged().rows);
    std::size_t discontinuities = 0;
    for (const Packaged::Row& row : house.packaged().rows) discontinuities += row.entry.packet->discontinuity;
    EXPECT_EQ(discontinuities, 2U * 10) << "one for each track and return";
    // 11 times ten seconds; the holds are no part of stream time.
    EXPECT_NEAR(house.packaged().rows.back().entry.packet->dts.to_seconds(), 110, 1.5);
    house.wait(15s);
    EXPECT_TRUE(viewer.ended());
    EXPECT_TRUE(house.packaged().ended);
}

TEST(HoldSimulation, a_publisher_that_flaps_cannot_make_numbers_overtake_the_clock) {
    House house;
    for (int round = 0; round < 100; ++round) {
        const auto publication = house.publish();
        ASSERT_TRUE(publication);
        house.send(*publication, 0, 200ms);
        house.stream().leave(*publication, "lost", house.now());
    }
    // Twenty seconds have passed.
    EXPECT_LE(house.packaged().boundaries().size(), 20U);
    EXPECT_GE(house.packaged().boundaries().size(), 15U);
    check_promises(house.packaged().rows);
}

TEST(HoldSimulation, five_hours_with_a_cut_each_quarter_stay_on_one_time_line) {
    House house;
    house.packaged().keep_rows = false;
    for (int round = 0; round < 20; ++round) {
        const auto publication = house.publish();
        const auto tracks = both();
        for (std::int64_t t = 0; t < 15 * 60'000; t += 500) {
            house.push(*publication, video(t, t % 2000 == 0), tracks);
            house.push(*publication, audio(t + 1), tracks);
            house.wait(500ms);
        }
        house.stream().leave(*publication, "lost", house.now());
        house.wait(5s);
    }
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    EXPECT_TRUE(viewer.text().starts_with("#<1280,48000,1000>V1000"))
        << "a log that is made late does not start with large numbers";
    EXPECT_EQ(house.packaged().packets, 20U * 2 * 1800);
    const auto publication = house.publish();
    house.packaged().keep_rows = true;
    house.push(*publication, key(0), both());
    EXPECT_NEAR(house.packaged().rows.back().entry.packet->dts.to_seconds(), 5 * 3600, 15);
}

TEST(HoldSimulation, viewers_of_a_month_reconnect_before_the_wire_clock_runs_out) {
    static const WireFormat twenty_days{"twenty days", readable.create, ms(std::int64_t{20} * 86'400'000)};
    House house;
    house.packaged().keep_rows = false;
    const auto publication = house.publish();
    const auto tracks = both();
    house.push(*publication, key(0), tracks);
    auto viewer = std::make_unique<Follower>(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", twenty_days, viewer->subscriber(), house.now()));
    std::vector<double> ends;
    // A keyframe a minute for 45 days.
    for (std::int64_t t = 60; t < std::int64_t{45} * 86'400; t += 60) {
        house.skip(60s);
        house.push(*publication, key(t * 1000), tracks);
        if (t % 6000 == 0) house.stream().tick(house.now());
        if (!viewer->ended()) continue;
        ends.push_back(static_cast<double>(t) / 86'400);
        EXPECT_FALSE(viewer->broken());
        viewer = std::make_unique<Follower>(house.shard());
        ASSERT_TRUE(house.stream().open_log("source", twenty_days, viewer->subscriber(), house.now()));
        EXPECT_EQ(viewer->text(), "#<1280,48000,1000>V1000") << "with the very keyframe that the old log ended before";
    }
    EXPECT_THAT(ends, testing::ElementsAre(testing::DoubleNear(19.7, 0.1), testing::DoubleNear(39.4, 0.2)));
    EXPECT_EQ(house.state(), State::running);
}

}  // namespace
}  // namespace weir::stream::test

// What is still being encoded when the publisher is lost, or the stream ends.
#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/ladder_house.hpp"

namespace weir::stream::test {
namespace {

TEST(Rungs, empty_the_encoders_when_the_publisher_is_lost_and_go_on_with_its_return) {
    Studio studio;
    House house(with(studio));
    const auto first = house.publish();
    house.send(*first, 0, 4s);
    EXPECT_EQ(times(house.packaged().of_rung[1]).back(), 3840);
    house.stream().leave(*first, "closed", house.now());
    EXPECT_EQ(studio.flushes, 1);
    EXPECT_EQ(times(house.packaged().of_rung[1]).back(), 3960);
    house.wait(5s);
    const auto second = house.publish("p-2");
    house.send(*second, 77'000, 4s);
    const auto& rows = house.packaged().of_rung[1];
    const auto found = Packaged::boundaries_in(rows);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_TRUE(found[1].entry.packet->discontinuity);
    EXPECT_EQ(found[1].entry.packet->pts, ms(4040)) << "one frame behind the last sound";
    EXPECT_EQ(studio.alive, 1) << "the worker is the same";
    EXPECT_EQ(studio.asked.size(), 1U);
}

TEST(Rungs, have_their_last_second_when_the_stream_ends) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    house.stream().stop("an operator stopped it", house.now());
    EXPECT_EQ(times(house.packaged().of_rung[0]).back(), 3960);
    EXPECT_TRUE(house.packaged().ended);
    EXPECT_TRUE(viewer.ended());
    EXPECT_THAT(viewer.text(), testing::EndsWith("a3980" + std::string(10, 'x')));
    EXPECT_EQ(studio.alive, 0);
    house.wait(100ms);
    EXPECT_EQ(house.state(), State::stopped);
}

TEST(Rungs, that_do_not_come_hold_up_the_end_for_two_seconds_at_most) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 4s);
    studio.hangs = true;
    house.stream().stop("an operator stopped it", house.now());
    EXPECT_TRUE(house.stream().is_over());
    house.wait(1900ms);
    EXPECT_FALSE(house.packaged().ended);
    EXPECT_EQ(house.state(), State::stopping);
    EXPECT_EQ(studio.alive, 1);
    house.wait(100ms);
    EXPECT_TRUE(house.packaged().ended);
    EXPECT_EQ(house.state(), State::stopped);
    EXPECT_EQ(studio.alive, 0);
}

TEST(Rungs, that_had_the_hold_to_come_out_do_not_hold_up_the_end) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 4s);
    studio.hangs = true;
    house.stream().leave(*publication, "closed", house.now());
    house.wait(15s);
    EXPECT_TRUE(house.packaged().ended);
}

TEST(Rungs, that_are_shed_or_failed_are_not_waited_for) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 4s);
    studio.hangs = true;
    studio.stats[0].state = RungState::shed;
    studio.stats[1].state = RungState::failed;
    house.wait(100ms);
    house.stream().stop("an operator stopped it", house.now());
    EXPECT_TRUE(house.packaged().ended);
}

TEST(Rungs, go_with_their_stream) {
    Studio studio;
    {
        House house(with(studio));
        const auto publication = house.publish();
        house.send(*publication, 0, 4s);
        EXPECT_EQ(studio.alive, 1);
    }
    EXPECT_EQ(studio.alive, 0);
}

}  // namespace
}  // namespace weir::stream::test

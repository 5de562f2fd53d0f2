// What viewers of a rung notice when its worker dies, is given up or never comes.
#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/ladder_house.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Rungs, whose_worker_dies_come_back_and_the_source_does_not_notice) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 7s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    const std::size_t before = house.packaged().of_rung[0].size();
    const auto shown = house.snapshot();
    studio.kill(house.now());
    t = house.send(*publication, t, 1s);
    EXPECT_THAT(house.packaged().interruptions, ElementsAre(1, 1));
    EXPECT_EQ(house.packaged().of_rung[0].size(), before);
    EXPECT_EQ(house.snapshot()->rungs[0].stats.state, RungState::recovering);
    EXPECT_TRUE(house.stream().is_news(*shown));
    studio.revive();
    t = house.send(*publication, t, 12s);
    EXPECT_EQ(house.snapshot()->rungs[0].stats.state, RungState::running);
    EXPECT_EQ(house.snapshot()->worker->restarts, 1U);
    EXPECT_THAT(boundaries(house.packaged().of_rung[0]), ElementsAre(0, 6000, 12'000, 18'000));
    EXPECT_EQ(house.packaged().rows.size(), 20U * 75) << "every packet of the source";
    EXPECT_FALSE(viewer.ended());
    EXPECT_FALSE(viewer.broken());
    EXPECT_THAT(viewer.text(), HasSubstr("V3000")) << "at 8000; the log began at 5000";
}

TEST(Rungs, that_have_failed_let_their_viewers_go) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    Follower other(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("360p", readable, other.subscriber(), house.now()));
    studio.stats[1] = {.state = RungState::failed, .reason = "its worker died too often"};
    house.wait(100ms);
    EXPECT_TRUE(viewer.ended());
    EXPECT_FALSE(other.ended());
    EXPECT_EQ(house.snapshot()->rungs[1].stats.reason, "its worker died too often");
    EXPECT_EQ(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()).error().kind,
              base::ErrorKind::not_found);
}

TEST(Rungs, that_are_given_up_let_their_viewers_go_at_once_and_take_others_when_they_are_back) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    const std::int64_t t = house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    Follower other(house.shard());
    ASSERT_TRUE(house.stream().open_log("360p", readable, viewer.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("180p", readable, other.subscriber(), house.now()));
    studio.stats[0] = {.state = RungState::shed, .reason = "the machine is overloaded"};
    house.wait(100ms);
    EXPECT_TRUE(viewer.ended());
    EXPECT_FALSE(other.ended());

    EXPECT_FALSE(house.stream().open_log("360p", readable, viewer.subscriber(), house.now()));

    studio.stats[0] = {.state = RungState::running};
    house.send(*publication, t, 8s);
    Follower late(house.shard());
    ASSERT_TRUE(house.stream().open_log("360p", readable, late.subscriber(), house.now()));
    EXPECT_THAT(late.text(), testing::StartsWith("#<640,48000,"));
    EXPECT_FALSE(late.ended());
}

TEST(Rungs, whose_next_worker_does_not_come_let_their_viewers_go) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    studio.kill(house.now());
    t = house.send(*publication, t, 4800ms);
    EXPECT_FALSE(viewer.ended());
    t = house.send(*publication, t, 400ms);
    EXPECT_TRUE(viewer.ended());
    EXPECT_FALSE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    studio.revive();
    house.send(*publication, t, 2s);
    Follower late(house.shard());
    EXPECT_TRUE(house.stream().open_log("180p", readable, late.subscriber(), house.now()));
}

TEST(Rungs, whose_worker_dies_while_the_publisher_is_away_keep_their_viewers) {
    Studio studio;
    House house(with(studio));
    const auto first = house.publish();
    house.send(*first, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    house.stream().leave(*first, "closed", house.now());
    studio.kill(house.now());
    house.wait(12s);
    EXPECT_FALSE(viewer.ended());
    studio.revive();
    const auto second = house.publish("p-2");
    house.send(*second, 0, 4s);
    EXPECT_FALSE(viewer.ended());
    EXPECT_FALSE(viewer.broken());
}

TEST(Rungs, that_never_come_cost_the_source_nothing_and_a_bounded_memory) {
    Studio studio;
    studio.hangs = true;
    Stream::Settings settings = with(studio);
    settings.rung.waiting_time = 2s;
    House house(settings);
    const auto publication = house.publish();
    house.packaged().keep_rows = false;
    const std::int64_t t = house.send(*publication, 0, 10s);
    studio.written.clear();
    const std::size_t bytes = base::slab_bytes();
    house.send(*publication, t, 30s);
    studio.written.clear();
    EXPECT_LE(base::slab_bytes(), bytes + 1000);
    EXPECT_EQ(house.packaged().packets, 40U * 75);
    EXPECT_EQ(house.snapshot()->rungs[0].stats.state, RungState::starting);
    Follower viewer(house.shard());
    EXPECT_FALSE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
}

}  // namespace
}  // namespace weir::stream::test

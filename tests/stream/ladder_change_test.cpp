// Another ladder for a stream that runs.
#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/ladder_house.hpp"

namespace weir::stream::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

void set_ladder(House& house, const std::string& ladder) {
    config::StreamOptions options = house.stream().options();
    options.ladder = ladder;
    house.stream().set_options(options, house.now());
}

std::vector<std::string> names_of(const StreamSnapshot& shown) {
    std::vector<std::string> names;
    for (const RungSnapshot& rung : shown.rungs) names.push_back(rung.plan.name);
    return names;
}

TEST(AnotherLadder, takes_the_place_of_the_one_before_while_the_source_plays_on) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 7s);
    Follower stays(house.shard());
    Follower goes(house.shard());
    Follower source(house.shard());
    ASSERT_TRUE(house.stream().open_log("360p", readable, stays.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("180p", readable, goes.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("source", readable, source.subscriber(), house.now()));
    studio.plan = {{.name = "360p", .width = 640, .height = 360, .bitrate = 800'000},
                   {.name = "90p", .width = 160, .height = 90, .bitrate = 100'000}};
    set_ladder(house, "small");
    t = house.send(*publication, t, 800ms);
    EXPECT_EQ(studio.asked.size(), 1U) << "the source is measured meanwhile";
    EXPECT_EQ(house.snapshot()->rungs[1].stats.state, RungState::running);
    EXPECT_FALSE(goes.ended());

    t = house.send(*publication, t, 6s);
    EXPECT_EQ(studio.asked.size(), 2U);
    EXPECT_EQ(studio.asked[1].bitrate, 25U * 100 * 8);
    EXPECT_EQ(studio.alive, 1);
    EXPECT_TRUE(goes.ended());
    for (Follower* const viewer : {&stays, &source}) {
        EXPECT_FALSE(viewer->ended());
        EXPECT_FALSE(viewer->broken());
    }
    EXPECT_THAT(stays.text(), HasSubstr("V3000")) << "at 8000, the first keyframe by which the source was measured";
    const auto shown = house.snapshot();
    ASSERT_EQ(shown->rungs.size(), 2U);
    EXPECT_EQ(shown->rungs[0].plan.bitrate, 800'000U);
    EXPECT_EQ(shown->rungs[1].plan.name, "90p");
    EXPECT_EQ(house.packaged().rungs[0].bitrate, 800'000U);
    EXPECT_EQ(house.packaged().rungs[1].name, "90p");
    EXPECT_THAT(house.packaged().interruptions, ElementsAre(1, 0));
    EXPECT_EQ(boundaries(house.packaged().of_rung[1]), (std::vector<std::int64_t>{12'000}));
    EXPECT_EQ(house.packaged().rows.size(), static_cast<std::size_t>(t) / 40 * 3) << "every packet of the source";
    Follower late(house.shard());
    EXPECT_TRUE(house.stream().open_log("90p", readable, late.subscriber(), house.now()));
    EXPECT_FALSE(house.stream().open_log("180p", readable, late.subscriber(), house.now()));
}

TEST(AnotherLadder, is_none_where_nothing_is_to_be_transcoded_and_comes_back) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    config::StreamOptions options;
    options.transcode = config::Transcode::never;
    house.stream().set_options(options, house.now());
    t = house.send(*publication, t, 100ms);
    EXPECT_EQ(studio.alive, 0);
    EXPECT_TRUE(viewer.ended());
    EXPECT_THAT(house.snapshot()->rungs, IsEmpty());
    EXPECT_THAT(house.packaged().rungs, IsEmpty());
    EXPECT_FALSE(house.snapshot()->worker);
    house.stream().set_options({}, house.now());
    house.send(*publication, t, 4s);
    EXPECT_EQ(studio.alive, 1);
    EXPECT_EQ(house.snapshot()->rungs.size(), 2U);
    Follower late(house.shard());
    EXPECT_TRUE(house.stream().open_log("180p", readable, late.subscriber(), house.now()));
}

TEST(AnotherLadder, that_is_none_leaves_the_source_alone_and_comes_back_at_a_keyframe) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    Follower source(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("source", readable, source.subscriber(), house.now()));
    studio.makes_nothing = true;
    set_ladder(house, "none");
    t = house.send(*publication, t, 3s);
    EXPECT_THAT(studio.ladders, ElementsAre("standard", "none")) << "nobody is asked twice";
    EXPECT_EQ(studio.asked[1].bitrate, 0U) << "nor is anything measured";
    EXPECT_EQ(studio.alive, 0);
    EXPECT_TRUE(viewer.ended());
    EXPECT_THAT(house.snapshot()->rungs, IsEmpty());
    EXPECT_THAT(house.packaged().rungs, IsEmpty());
    EXPECT_FALSE(house.snapshot()->worker);
    EXPECT_TRUE(house.snapshot()->is_ladder_decided);

    studio.makes_nothing = false;
    set_ladder(house, "standard");
    const std::size_t before = studio.written.size();
    t = house.send(*publication, t, 900ms);
    EXPECT_EQ(studio.asked.size(), 2U);
    t = house.send(*publication, t, 3100ms);
    EXPECT_THAT(studio.ladders, ElementsAre("standard", "none", "standard"));
    EXPECT_EQ(studio.asked[2].bitrate, 25U * 100 * 8);
    EXPECT_TRUE(studio.written[before].join);
    EXPECT_EQ(studio.written[before].packet->pts, ms(8000));
    EXPECT_THAT(names_of(*house.snapshot()), ElementsAre("360p", "180p"));
    Follower late(house.shard());
    EXPECT_TRUE(house.stream().open_log("180p", readable, late.subscriber(), house.now()));
    EXPECT_FALSE(source.ended());
    EXPECT_FALSE(source.broken());
    EXPECT_EQ(house.packaged().rows.size(), static_cast<std::size_t>(t) / 40 * 3) << "every packet of the source";
}

TEST(AnotherLadder, that_is_none_keeps_the_sound_that_players_would_miss) {
    Studio studio;
    studio.plan.push_back(stereo());
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 4s);
    Follower picture(house.shard());
    Follower listener(house.shard());
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("360p", readable, picture.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("source", deaf, viewer.subscriber(), house.now()));
    studio.plan = {stereo()};
    set_ladder(house, "none");
    t = house.send(*publication, t, 2s);
    EXPECT_EQ(studio.alive, 1);
    EXPECT_TRUE(picture.ended());
    EXPECT_THAT(names_of(*house.snapshot()), ElementsAre("stereo"));
    ASSERT_EQ(house.packaged().rungs.size(), 1U);
    EXPECT_EQ(house.packaged().rungs[0].name, "stereo");
    EXPECT_THAT(house.packaged().interruptions, ElementsAre(1));
    studio.plan = {{.name = "90p", .width = 160, .height = 90, .bitrate = 100'000}, stereo()};
    set_ladder(house, "small");
    t = house.send(*publication, t, 4s);
    EXPECT_THAT(names_of(*house.snapshot()), ElementsAre("90p", "stereo"));
    for (Follower* const stays : {&listener, &viewer}) {
        EXPECT_FALSE(stays->ended());
        EXPECT_FALSE(stays->broken());
    }
    EXPECT_THAT(listener.text(), HasSubstr("a6980")) << "at 9980, the log began at 3000";
    EXPECT_THAT(viewer.text(), AllOf(HasSubstr("a6900"), HasSubstr("v6920"))) << "the same";
    Follower late(house.shard());
    ASSERT_TRUE(house.stream().open_log("90p", readable, late.subscriber(), house.now()));
    EXPECT_THAT(late.text(), StartsWith("#<160,44100,"));
}

TEST(AnotherLadder, without_encoded_sound_lets_those_go_who_were_given_it) {
    Studio studio;
    studio.plan.push_back(stereo());
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", deaf, viewer.subscriber(), house.now()));
    studio.makes_nothing = true;
    set_ladder(house, "none");
    t = house.send(*publication, t, 2s);
    EXPECT_TRUE(viewer.ended());
    Follower late(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", deaf, late.subscriber(), house.now()));
    EXPECT_THAT(late.text(), StartsWith("#<1280,48000,")) << "the source's own is left";
    studio.makes_nothing = false;
    set_ladder(house, "standard");
    house.send(*publication, t, 4s);
    Follower later(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", deaf, later.subscriber(), house.now()));
    EXPECT_THAT(later.text(), StartsWith("#<1280,44100,"));
    EXPECT_FALSE(late.ended());
}

TEST(AnotherLadder, before_the_first_is_decided_on_is_the_first) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 600ms);
    set_ladder(house, "small");
    house.send(*publication, t, 6s);
    EXPECT_THAT(studio.ladders, ElementsAre("small"));
    EXPECT_EQ(studio.written.front().packet->pts, ms(0));
}

TEST(AnotherLadder, that_is_asked_for_while_the_publisher_is_away_is_made_when_it_is_back) {
    Studio studio;
    House house(with(studio));
    const auto first = house.publish();
    house.send(*first, 0, 4s);
    house.stream().leave(*first, "closed", house.now());
    set_ladder(house, "small");
    studio.plan = {{.name = "90p", .width = 160, .height = 90, .bitrate = 100'000}};
    house.wait(2s);
    EXPECT_EQ(studio.alive, 1);
    const auto second = house.publish("p-2");
    house.send(*second, 0, 4s);
    EXPECT_THAT(studio.ladders, ElementsAre("standard", "small"));
    EXPECT_THAT(names_of(*house.snapshot()), ElementsAre("90p"));
    EXPECT_EQ(house.snapshot()->rungs[0].stats.state, RungState::running);
    house.stream().stop("an operator stopped it", house.now());
    house.wait(100ms);
    EXPECT_TRUE(house.packaged().ended);
}

TEST(AnotherLadder, leaves_the_qualities_that_an_encoder_sends_as_they_are) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    media::TrackSet tracks = *both();
    tracks.tracks.push_back(video_track(640));
    tracks.tracks.back().id = 3;
    const auto shared = std::make_shared<const media::TrackSet>(std::move(tracks));
    std::int64_t t = house.send(*publication, 0, 2s, shared);
    const auto before = names_of(*house.snapshot());
    ASSERT_EQ(before.size(), 1U);
    set_ladder(house, "none");
    house.send(*publication, t, 4s, shared);
    EXPECT_EQ(names_of(*house.snapshot()), before);
    EXPECT_THAT(studio.asked, IsEmpty());
}

}  // namespace
}  // namespace weir::stream::test

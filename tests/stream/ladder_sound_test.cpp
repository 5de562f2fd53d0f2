// When a stream asks for a rung of sound alone, and what becomes of it when there is more to make.
#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stream/house.hpp"
#include "stream/studio.hpp"

namespace weir::stream::test {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

RungPlan stereo() { return {.name = "stereo", .kind = media::Kind::audio, .bitrate = 128'000}; }

/// A stream with no ladder but what its sound needs.
Stream::Settings with(Studio& studio, std::string ladder = "none") {
    studio.plan = {stereo()};
    Stream::Settings settings;
    settings.transcoder = studio.factory();
    settings.options.ladder = std::move(ladder);
    return settings;
}

media::TrackSetRef announcing(std::uint64_t bitrate) {
    media::TrackSet tracks = *both();
    tracks.tracks.front().announced_bitrate = bitrate;
    return std::make_shared<media::TrackSet>(std::move(tracks));
}

TEST(SoundRung, is_made_at_once_where_there_is_no_ladder) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 1s);
    ASSERT_EQ(studio.asked.size(), 1U) << "no bit rate is waited for, and nobody is asked twice";
    EXPECT_EQ(studio.asked[0].tracks, House::default_tracks());
    EXPECT_EQ(studio.written.size(), 75U) << "from the first packet on";
    ASSERT_EQ(house.packaged().rungs.size(), 1U);
    EXPECT_EQ(house.packaged().rungs[0].kind, media::Kind::audio);
    EXPECT_EQ(house.packaged().of_rung[0].size(), 50U);
    EXPECT_TRUE(house.snapshot()->is_ladder_decided);
    EXPECT_EQ(house.snapshot()->worker->pid, 4711);
    Follower listener(house.shard());
    ASSERT_TRUE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
    EXPECT_THAT(listener.text(), StartsWith("#<44100,"));
}

TEST(SoundRung, is_asked_for_again_only_where_the_sound_is_another) {
    Studio studio;
    House house(with(studio));
    studio.makes_nothing = true;
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 3s);
    EXPECT_EQ(studio.asked.size(), 1U);
    EXPECT_FALSE(house.snapshot()->worker);
    studio.makes_nothing = false;
    t = house.send(*publication, t, 3s, both(640));
    EXPECT_EQ(studio.asked.size(), 2U);
    EXPECT_EQ(house.snapshot()->rungs.size(), 1U);
    EXPECT_THAT(house.packaged().of_rung[0], testing::Not(IsEmpty()));
    house.send(*publication, t, 3s, both(320));
    EXPECT_EQ(studio.asked.size(), 2U) << "it is made of whatever comes";
}

TEST(SoundRung, is_not_made_where_nothing_is_to_be_transcoded) {
    Studio studio;
    Stream::Settings settings = with(studio);
    settings.options.transcode = config::Transcode::never;
    House house(settings);
    const auto publication = house.publish();
    house.send(*publication, 0, 3s);
    EXPECT_THAT(studio.asked, IsEmpty());
    EXPECT_THAT(house.snapshot()->rungs, IsEmpty());
}

TEST(SoundRung, goes_on_beside_the_rungs_of_a_picture_that_comes_later) {
    Studio studio;
    House house(with(studio, "standard"));
    const auto publication = house.publish();
    const auto sound = audio_only();
    std::int64_t t = 0;
    for (; t < 3000; t += 20, house.wait(20ms)) house.push(*publication, audio(t, 10), sound);
    ASSERT_EQ(studio.asked.size(), 1U);
    Follower listener(house.shard());
    ASSERT_TRUE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
    const std::size_t before = house.packaged().of_rung[0].size();
    studio.plan = {{.name = "360p", .width = 640, .height = 360, .bitrate = 600'000}, stereo()};
    house.send(*publication, t, 3s, announcing(3'000'000));
    EXPECT_EQ(studio.asked.size(), 2U);
    EXPECT_EQ(studio.alive, 1) << "one worker";
    ASSERT_EQ(house.packaged().rungs.size(), 2U);
    EXPECT_EQ(house.packaged().rungs[1].name, "360p");
    EXPECT_EQ(house.packaged().interruptions[0], 1) << "its worker is another";
    EXPECT_GT(house.packaged().of_rung[0].size(), before + 140) << "and the place of its sound is the same";
    EXPECT_GT(house.packaged().of_rung[1].size(), 60U);
    EXPECT_EQ(std::ranges::count(listener.take(), 'a'), 200) << "from two seconds on, each packet once";
    EXPECT_FALSE(listener.broken());
    ASSERT_EQ(house.snapshot()->rungs.size(), 2U);
    EXPECT_EQ(house.snapshot()->rungs[0].plan.name, "360p");
    EXPECT_GT(house.snapshot()->rungs[1].counts.frames, 280U);
}

TEST(SoundRung, of_which_there_is_no_more_lets_its_listeners_go) {
    Studio studio;
    House house(with(studio, "standard"));
    const auto publication = house.publish();
    const auto sound = audio_only();
    std::int64_t t = 0;
    for (; t < 2000; t += 20, house.wait(20ms)) house.push(*publication, audio(t, 10), sound);
    Follower listener(house.shard());
    ASSERT_TRUE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
    studio.plan = {{.name = "360p", .width = 640, .height = 360, .bitrate = 600'000}};
    house.send(*publication, t, 1s, announcing(3'000'000));
    EXPECT_TRUE(listener.ended());
    EXPECT_EQ(house.packaged().interruptions[0], 1);
    EXPECT_FALSE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
}

}  // namespace
}  // namespace weir::stream::test

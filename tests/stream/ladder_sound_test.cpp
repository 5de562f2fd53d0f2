// When a stream asks for a rung of sound alone, and what becomes of it when there is more to make.
#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stream/ladder_house.hpp"
#include "stream/playable.hpp"

namespace weir::stream::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A stream with no ladder but what its sound needs.
Stream::Settings without_pictures(Studio& studio, std::string ladder = "none") {
    studio.plan = {stereo()};
    Stream::Settings settings = with(studio);
    settings.options.ladder = std::move(ladder);
    return settings;
}

TEST(SoundRung, is_made_at_once_where_there_is_no_ladder) {
    Studio studio;
    House house(without_pictures(studio));
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

TEST(SoundRung, is_no_place_to_ask_for_a_still_picture) {
    Studio studio;
    studio.makes_stills = true;
    House house(without_pictures(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 1s);
    house.stream().want_still(house.now());
    EXPECT_EQ(studio.stills_wanted, 0);
}

TEST(SoundRung, is_asked_for_again_only_where_the_sound_is_another) {
    Studio studio;
    House house(without_pictures(studio));
    studio.makes_nothing = true;
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 3s);
    EXPECT_EQ(studio.asked.size(), 1U);
    EXPECT_FALSE(house.snapshot()->worker);
    studio.makes_nothing = false;
    t = house.send(*publication, t, 3s, both(640));
    EXPECT_EQ(studio.asked.size(), 2U);
    EXPECT_EQ(house.snapshot()->rungs.size(), 1U);
    EXPECT_THAT(house.packaged().of_rung[0], Not(IsEmpty()));
    house.send(*publication, t, 3s, both(320));
    EXPECT_EQ(studio.asked.size(), 2U) << "it is made of whatever comes";
}

TEST(SoundRung, is_not_made_where_nothing_is_to_be_transcoded) {
    Studio studio;
    Stream::Settings settings = without_pictures(studio);
    settings.options.transcode = config::Transcode::never;
    House house(settings);
    const auto publication = house.publish();
    house.send(*publication, 0, 3s);
    EXPECT_THAT(studio.asked, IsEmpty());
    EXPECT_THAT(house.snapshot()->rungs, IsEmpty());
}

TEST(SoundRung, goes_on_beside_the_rungs_of_a_picture_that_comes_later) {
    Studio studio;
    House house(without_pictures(studio, "standard"));
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
    EXPECT_EQ(house.packaged().rungs[0].name, "360p");
    EXPECT_EQ(house.packaged().interruptions[1], 1) << "its worker is another";
    EXPECT_GT(house.packaged().of_rung[1].size(), before + 140) << "and its sound goes on";
    EXPECT_GT(house.packaged().of_rung[0].size(), 60U);
    EXPECT_EQ(std::ranges::count(listener.take(), 'a'), 200) << "from two seconds on, each packet once";
    EXPECT_FALSE(listener.broken());
    ASSERT_EQ(house.snapshot()->rungs.size(), 2U);
    EXPECT_EQ(house.snapshot()->rungs[0].plan.name, "360p");
    EXPECT_GT(house.snapshot()->rungs[1].counts.frames, 280U);
}

TEST(SoundRung, is_heard_with_the_sources_picture_where_a_form_has_no_place_for_its_sound) {
    Studio studio;
    House house(without_pictures(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 1500ms);
    Follower viewer(house.shard());
    Follower other(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", deaf, viewer.subscriber(), house.now()));
    ASSERT_TRUE(house.stream().open_log("source", readable, other.subscriber(), house.now()));
    t = house.send(*publication, t, 1s);
    const std::string r(10, 'r');
    EXPECT_THAT(viewer.text(), StartsWith("#<1280,44100,")) << "from the keyframe that is held";
    EXPECT_THAT(viewer.text(), AllOf(HasSubstr("a1100" + r), HasSubstr("v1120" + std::string(100, 'x'))));
    EXPECT_THAT(other.text(), StartsWith("#<1280,48000,"));
    studio.kill(house.now());
    (void)viewer.take();
    house.send(*publication, t, 1s);
    EXPECT_THAT(viewer.text(), AllOf(HasSubstr("v3120"), Not(HasSubstr("a2500")))) << "the picture goes on";
    EXPECT_FALSE(viewer.broken());
}

TEST(SoundRung, alone_is_what_a_form_that_has_no_place_for_the_sources_sound_is_made_of) {
    Studio studio;
    House house(without_pictures(studio));
    const auto publication = house.publish();
    const auto sound = audio_only();
    for (std::int64_t t = 0; t < 1500; t += 20, house.wait(20ms)) house.push(*publication, audio(t, 10), sound);
    Follower listener(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", deaf, listener.subscriber(), house.now()));
    EXPECT_THAT(listener.text(), StartsWith("#<44100,"));
    const auto choice = choice_of_tracks(*house.snapshot(), "source");
    ASSERT_EQ(choice->tracks.size(), 2U);
    EXPECT_EQ(choice->tracks.back().sample_rate, 44'100U);
    EXPECT_EQ(choice_of_tracks(*house.snapshot(), "stereo")->tracks.size(), 1U);
}

TEST(SoundRung, of_which_there_is_no_more_lets_its_listeners_go) {
    Studio studio;
    House house(without_pictures(studio, "standard"));
    const auto publication = house.publish();
    const auto sound = audio_only();
    std::int64_t t = 0;
    for (; t < 2000; t += 20, house.wait(20ms)) house.push(*publication, audio(t, 10), sound);
    Follower listener(house.shard());
    ASSERT_TRUE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
    studio.plan = {{.name = "360p", .width = 640, .height = 360, .bitrate = 600'000}};
    house.send(*publication, t, 1s, announcing(3'000'000));
    EXPECT_TRUE(listener.ended());
    ASSERT_EQ(house.packaged().rungs.size(), 1U);
    EXPECT_EQ(house.packaged().rungs[0].name, "360p");
    EXPECT_FALSE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
}

}  // namespace
}  // namespace weir::stream::test

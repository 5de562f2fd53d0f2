#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/ladder_house.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Ladder, is_decided_on_once_a_second_of_the_picture_has_been_measured) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 1s);
    EXPECT_THAT(studio.asked, IsEmpty());
    house.push(*publication, key(1000, 100), House::default_tracks());
    ASSERT_EQ(studio.asked.size(), 1U);
    EXPECT_EQ(studio.asked[0].bitrate, 25U * 100 * 8);
    EXPECT_EQ(studio.asked[0].tracks, House::default_tracks());
    EXPECT_EQ(studio.written.size(), 76U) << "from the first keyframe on";
    EXPECT_EQ(studio.written.front().packet, house.packaged().rows.front().entry.packet);
    house.push(*publication, audio(1000), House::default_tracks());
    EXPECT_EQ(studio.written.size(), 77U);
}

TEST(Ladder, is_decided_on_at_once_where_the_source_says_its_bit_rate) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.push(*publication, key(0), announcing(3'000'000));
    ASSERT_EQ(studio.asked.size(), 1U);
    EXPECT_EQ(studio.asked[0].bitrate, 3'000'000U);
    ASSERT_EQ(house.packaged().rungs.size(), 2U);
    EXPECT_EQ(house.packaged().rungs[0].name, "360p");
    EXPECT_EQ(house.packaged().rungs[1].bitrate, 200'000U);
}

TEST(Ladder, begins_at_a_keyframe_that_is_still_held) {
    Studio studio;
    Stream::Settings settings = with(studio);
    settings.held.held_time = 500ms;
    House house(settings);
    const auto publication = house.publish();
    const auto tracks = both();
    for (int t = 0; t <= 1600; t += 40) house.push(*publication, video(t, t == 0 || t == 1400, 100), tracks);
    ASSERT_EQ(studio.asked.size(), 1U) << "when the first keyframe was gone";
    EXPECT_EQ(studio.written.size(), 6U);
    EXPECT_TRUE(studio.written.front().join);
}

TEST(Ladder, that_has_nothing_for_sound_alone_is_asked_again_when_a_picture_comes) {
    Studio studio;
    studio.makes_nothing = true;
    House house(with(studio));
    const auto publication = house.publish();
    const auto sound = audio_only();
    for (int t = 0; t < 2000; t += 20) house.push(*publication, audio(t), sound);
    EXPECT_EQ(studio.asked.size(), 1U);
    studio.makes_nothing = false;
    house.skip(2s);
    house.push(*publication, key(2000), announcing(3'000'000));
    EXPECT_EQ(studio.asked.size(), 2U);
    EXPECT_EQ(house.snapshot()->rungs.size(), 2U);
}

TEST(Rungs, have_their_segments_where_the_source_has_them_and_the_same_time_of_day) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 20s);
    const auto source = house.packaged().boundaries();
    EXPECT_THAT(times(source), ElementsAre(0, 6000, 12'000, 18'000));
    for (const auto& rung : house.packaged().of_rung) {
        EXPECT_EQ(boundaries(rung), times(source));
        const auto found = Packaged::boundaries_in(rung);
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_TRUE(found[i].entry.packet->keyframe);
            EXPECT_LE(std::chrono::abs(found[i].wall - source[i].wall), 10ms);
        }
    }
    EXPECT_THAT(house.packaged().offers, IsEmpty());
}

TEST(Rungs, are_watched_like_the_source_with_its_sound) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    Follower early(house.shard());
    house.push(*publication, key(0), announcing(3'000'000));
    EXPECT_EQ(house.stream().open_log("180p", readable, early.subscriber(), house.now()).error().kind,
              base::ErrorKind::not_found)
        << "there is nothing to join yet";
    for (int t = 20; t <= 400; t += 20) {
        if (t % 40 == 0) house.push(*publication, video(t), announcing(3'000'000));
        house.push(*publication, audio(t), announcing(3'000'000));
    }
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("180p", readable, viewer.subscriber(), house.now()));
    const std::string r(10, 'r');
    EXPECT_THAT(viewer.take(), testing::StartsWith("#<320,48000,0>V0" + r + "a20a40v40" + r + "a60"));
    house.push(*publication, video(440), announcing(3'000'000));
    EXPECT_EQ(viewer.text(), "a300a320v320" + r);
    EXPECT_EQ(house.stream().open_log("720p", readable, viewer.subscriber(), house.now()).error().kind,
              base::ErrorKind::not_found);
}

TEST(Rungs, that_are_left_out_say_why_and_are_nowhere_else) {
    Studio studio;
    studio.plan.insert(studio.plan.begin(), {.name = "720p", .left_out = "it would be larger than the source"});
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 2s);
    const auto shown = house.snapshot();
    ASSERT_EQ(shown->rungs.size(), 3U);
    EXPECT_EQ(shown->rungs[0].stats.state, RungState::left_out);
    EXPECT_EQ(shown->rungs[0].stats.reason, "it would be larger than the source");
    EXPECT_EQ(shown->rungs[1].stats.state, RungState::running);
    EXPECT_GT(shown->rungs[1].counts.frames, 40U);
    EXPECT_GT(shown->rungs[1].bitrate, 0U);
    EXPECT_EQ(shown->worker->pid, 4711);
    ASSERT_EQ(house.packaged().rungs.size(), 2U);
    EXPECT_EQ(house.packaged().rungs[0].name, "360p");
    EXPECT_EQ(house.packaged().of_rung[0].front().entry.tracks->tracks.front().width, 640U);
    Follower viewer(house.shard());
    EXPECT_FALSE(house.stream().open_log("720p", readable, viewer.subscriber(), house.now()));
}

TEST(Rungs, with_encoded_sound_are_heard_with_that) {
    Studio studio;
    studio.plan.push_back({.name = "stereo", .kind = media::Kind::audio, .bitrate = 128'000});
    House house(with(studio));
    const auto publication = house.publish();
    house.send(*publication, 0, 2s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("360p", readable, viewer.subscriber(), house.now()));
    EXPECT_THAT(viewer.text(), testing::StartsWith("#<640,44100,"));
    EXPECT_THAT(viewer.text(), HasSubstr("a20" + std::string(10, 'r')));
    Follower listener(house.shard());
    ASSERT_TRUE(house.stream().open_log("stereo", readable, listener.subscriber(), house.now()));
    EXPECT_THAT(listener.text(), testing::StartsWith("#<44100,"));
    ASSERT_EQ(house.packaged().rungs.size(), 3U);
    EXPECT_EQ(house.packaged().rungs[2].kind, media::Kind::audio);
    EXPECT_EQ(house.packaged().of_rung[2].size(), 100U);
}

TEST(Rungs, tell_the_journal_what_an_operator_should_hear) {
    std::string lines;
    base::Journal journal(base::LogLevel::info, base::LogFormat::text, [&](std::string_view line) { lines += line; });
    Studio studio;
    studio.plan.insert(studio.plan.begin(), {.name = "720p", .left_out = "it would be larger than the source"});
    Stream::Settings settings = with(studio);
    settings.journal = journal.with({.stream = "live/demo"});
    House house(settings);
    const auto publication = house.publish();
    house.send(*publication, 0, 2s);
    EXPECT_THAT(lines, HasSubstr("it would be larger than the source"));
    studio.remarks = {"360p is shed: the machine is overloaded"};
    house.wait(100ms);
    EXPECT_THAT(lines, HasSubstr("360p is shed: the machine is overloaded"));
    EXPECT_THAT(studio.remarks, IsEmpty());
}

}  // namespace
}  // namespace weir::stream::test

#include "stream/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/house.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Stream::Settings with(config::Takeover takeover) {
    Stream::Settings settings;
    settings.options.takeover = takeover;
    return settings;
}

TEST(Dates, of_a_source_whose_first_packets_waited_for_all_its_tracks_go_on_evenly) {
    House house;
    const auto publication = house.publish();
    std::vector<Item> waited;
    for (std::int64_t t = 0; t < 900; t += 40) waited.push_back({video(t, t == 0, 100), House::default_tracks()});
    house.stream().push(*publication, std::move(waited), {}, house.now());
    house.wait(40ms);
    house.send(*publication, 920, 20s);
    std::optional<Packaged::Row> before;
    for (const Packaged::Row& row : house.packaged().boundaries()) {
        if (before)
            EXPECT_EQ(row.wall - before->wall, (row.entry.packet->dts - before->entry.packet->dts).to_duration());
        before = row;
    }
    ASSERT_TRUE(before);
    EXPECT_LE(before->wall, house.now().wall);
}

TEST(Stream, runs_once_its_publisher_sends_a_picture) {
    House house;
    EXPECT_EQ(house.state(), State::fresh);
    const auto publication = house.publish();
    ASSERT_TRUE(publication);
    EXPECT_EQ(house.state(), State::starting);
    house.push(*publication, audio(0), both());
    EXPECT_EQ(house.state(), State::starting) << "sound before the first keyframe is nothing to show";
    house.push(*publication, key(40), both());
    EXPECT_EQ(house.state(), State::running);
    EXPECT_EQ(house.snapshot()->publisher->id, "p-1");
    EXPECT_EQ(house.snapshot()->tracks->tracks.size(), 2U);
}

TEST(Stream, a_name_that_nobody_publishes_after_all_is_free_again) {
    House house;
    house.wait(9900ms);
    EXPECT_FALSE(house.stream().is_over());
    house.wait(200ms);
    EXPECT_TRUE(house.stream().is_over());
    EXPECT_TRUE(house.stream().is_gone(house.now()));
}

TEST(Takeover, refuse_keeps_the_first_publisher) {
    House house(with(config::Takeover::refuse));
    (void)house.publish();
    house.wait(5s);
    const auto second = house.publish("p-2");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::ErrorKind::refused);
    EXPECT_THAT(house.evicted(), IsEmpty());
}

TEST(Takeover, replace_gives_the_name_to_the_newcomer_at_once) {
    House house(with(config::Takeover::replace));
    const auto first = house.publish();
    house.send(*first, 0, 1s);
    const auto second = house.publish("p-2");
    ASSERT_TRUE(second);
    EXPECT_THAT(house.evicted(), ElementsAre("p-1: another publisher took over"));
    const std::size_t before = house.packaged().packets;
    house.push(*first, key(2000), both());
    EXPECT_EQ(house.packaged().packets, before) << "the old one is not heard any more";
    house.stream().leave(*first, "closed", house.now());
    EXPECT_EQ(house.snapshot()->publisher->id, "p-2");
    house.send(*second, 0, 1s);
    EXPECT_EQ(house.state(), State::running);
}

TEST(Takeover, silent_gives_the_name_away_after_two_seconds_of_silence) {
    House house(with(config::Takeover::silent));
    const auto first = house.publish();
    house.send(*first, 0, 1s);
    house.wait(1900ms);
    EXPECT_FALSE(house.publish("p-2"));
    house.wait(100ms);
    EXPECT_TRUE(house.publish("p-2"));
    EXPECT_EQ(house.evicted().size(), 1U);
}

TEST(Hold, viewers_wait_for_the_publisher_and_go_on_with_its_return) {
    House house;
    const auto first = house.publish();
    house.send(*first, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    house.stream().leave(*first, "the connection was closed", house.now());
    EXPECT_EQ(house.state(), State::recovering);
    EXPECT_EQ(house.snapshot()->reason, "the connection was closed");
    house.wait(14s);
    EXPECT_EQ(house.state(), State::recovering);
    (void)viewer.take();
    const auto second = house.publish("p-2");
    ASSERT_TRUE(second);
    EXPECT_EQ(house.state(), State::recovering) << "it has not sent anything yet";
    house.push(*second, key(77'000), both());
    EXPECT_EQ(house.state(), State::running);
    EXPECT_EQ(viewer.text(), "<1280,48000,2040>V2040") << "4040 on the stream's time line; the log began at 2000";
    EXPECT_FALSE(viewer.ended());
    EXPECT_FALSE(house.packaged().ended);
    const Packaged::Row& row = house.packaged().rows.back();
    EXPECT_TRUE(row.entry.packet->discontinuity);
    EXPECT_TRUE(row.entry.packet->segment_boundary);
    EXPECT_EQ(row.wall, house.now().wall) << "the hold is a jump of the time of day";
}

TEST(Hold, after_it_the_stream_ends_cleanly_and_is_gone_after_the_window) {
    House house;
    const auto publication = house.publish();
    house.send(*publication, 0, 4s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    house.stream().leave(*publication, "end of the show", house.now());
    house.wait(15s);
    EXPECT_TRUE(viewer.ended());
    EXPECT_TRUE(house.packaged().ended);
    EXPECT_TRUE(house.stream().is_over());
    EXPECT_FALSE(house.publish());
    house.wait(200ms);
    EXPECT_EQ(house.state(), State::stopped);
    EXPECT_EQ(house.snapshot()->reason, "end of the show");
    EXPECT_FALSE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    house.wait(59s);
    EXPECT_FALSE(house.stream().is_gone(house.now())) << "its playlists still say ENDLIST";
    house.wait(1s);
    EXPECT_TRUE(house.stream().is_gone(house.now()));
}

TEST(Hold, of_nothing_ends_the_stream_with_its_publisher) {
    Stream::Settings settings;
    settings.options.hold = 0s;
    House house(settings);
    const auto publication = house.publish();
    house.send(*publication, 0, 1s);
    house.stream().leave(*publication, "closed", house.now());
    house.wait(100ms);
    EXPECT_TRUE(house.stream().is_over());
}

TEST(Timeout, a_publisher_that_sends_nothing_is_evicted_and_its_viewers_wait) {
    House house;
    const auto publication = house.publish();
    house.send(*publication, 0, 1s);
    house.wait(9900ms);
    EXPECT_THAT(house.evicted(), IsEmpty());
    house.wait(100ms);
    EXPECT_THAT(house.evicted(), ElementsAre("p-1: the publisher fell silent"));
    EXPECT_EQ(house.state(), State::recovering);
}

TEST(Timeout, signs_of_life_without_media_keep_a_publisher) {
    House house;
    const auto publication = house.publish();
    for (int i = 0; i < 30; ++i) {
        house.wait(1s);
        house.stream().push(*publication, {}, {}, house.now());
    }
    EXPECT_THAT(house.evicted(), IsEmpty());
}

TEST(Faults, a_broken_publisher_is_lost_like_any_other_until_there_are_too_many) {
    Stream::Settings settings;
    settings.faults = 3;
    House house(settings);
    const base::Error error = base::fail(base::ErrorKind::malformed, "the NAL units are cut short").error();
    for (int i = 0; i < 3; ++i) {
        const auto publication = house.publish();
        ASSERT_TRUE(publication);
        house.send(*publication, 0, 1s);
        house.stream().fault(*publication, error, house.now());
        EXPECT_EQ(house.state(), State::recovering);
    }
    const auto last = house.publish();
    house.send(*last, 0, 1s);
    house.stream().fault(*last, error, house.now());
    EXPECT_EQ(house.state(), State::failed);
    EXPECT_EQ(house.snapshot()->reason, "the NAL units are cut short");
    EXPECT_TRUE(house.packaged().ended);
    EXPECT_TRUE(house.stream().is_over());
}

TEST(Faults, that_are_far_apart_do_not_add_up) {
    Stream::Settings settings;
    settings.faults = 3;
    House house(settings);
    const base::Error error = base::fail(base::ErrorKind::malformed, "broken").error();
    for (int i = 0; i < 10; ++i) {
        const auto publication = house.publish();
        house.send(*publication, 0, 30s);
        house.stream().fault(*publication, error, house.now());
        ASSERT_EQ(house.state(), State::recovering);
    }
}

TEST(Stop, ends_publisher_and_viewers_with_the_reason) {
    House house;
    const auto publication = house.publish();
    house.send(*publication, 0, 1s);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    house.stream().stop("an operator stopped it", house.now());
    EXPECT_THAT(house.evicted(), ElementsAre("p-1: an operator stopped it"));
    EXPECT_TRUE(viewer.ended());
    EXPECT_EQ(house.state(), State::stopping);
    house.wait(100ms);
    EXPECT_EQ(house.state(), State::stopped);
    house.stream().stop("again", house.now());
    EXPECT_EQ(house.snapshot()->reason, "an operator stopped it");
}

TEST(Boundaries, travel_on_the_packets_of_the_stream) {
    House house;
    const auto publication = house.publish();
    house.send(*publication, 0, 20s);
    std::vector<std::int64_t> found;
    for (const Packaged::Row& row : house.packaged().boundaries()) {
        found.push_back(row.entry.packet->pts.to_milliseconds());
        EXPECT_TRUE(row.entry.packet->keyframe);
        EXPECT_EQ(row.entry.packet->track, media::video_track_id);
        EXPECT_FALSE(row.entry.packet->discontinuity);
    }
    EXPECT_THAT(found, ElementsAre(0, 6000, 12'000, 18'000));
}

TEST(Viewers, are_refused_what_there_is_not) {
    House house;
    Follower viewer(house.shard());
    const auto publication = house.publish();
    EXPECT_EQ(house.stream().open_log("source", readable, viewer.subscriber(), house.now()).error().kind,
              base::ErrorKind::not_found);
    house.push(*publication, key(0), both());
    EXPECT_EQ(house.stream().open_log("720p", readable, viewer.subscriber(), house.now()).error().kind,
              base::ErrorKind::not_found);
    EXPECT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
}

TEST(Viewers, share_one_log_that_goes_some_seconds_after_the_last) {
    House house;
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 2s);
    const std::size_t without = base::slab_bytes();
    Follower first(house.shard());
    Follower second(house.shard());
    const auto a = house.stream().open_log("source", readable, first.subscriber(), house.now());
    const std::size_t with_log = base::slab_bytes();
    const auto b = house.stream().open_log("source", readable, second.subscriber(), house.now());
    EXPECT_EQ(base::slab_bytes(), with_log) << "the second viewer costs no bytes";
    EXPECT_GT(with_log, without);
    house.stream().close_log(readable, *a, house.now());
    house.stream().close_log(readable, *b, house.now());
    const std::string seen = second.take();
    t = house.send(*publication, t, 6s);
    EXPECT_EQ(second.text(), "");
    house.stream().close_log(readable, *b, house.now());
    EXPECT_LT(base::slab_bytes(), with_log);
}

TEST(Viewers, make_the_stream_a_followed_one_until_their_log_is_gone) {
    House house;
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 2s);
    EXPECT_FALSE(house.stream().is_followed());
    Follower viewer(house.shard());
    const auto id = house.stream().open_log("source", readable, viewer.subscriber(), house.now());
    EXPECT_TRUE(house.stream().is_followed());
    house.stream().close_log(readable, *id, house.now());
    EXPECT_TRUE(house.stream().is_followed()) << "the next viewer finds the log as it should be";
    t = house.send(*publication, t, 6s);
    EXPECT_FALSE(house.stream().is_followed());
}

TEST(Viewers, who_are_not_there_for_some_time_leave_the_stream_unwatched_until_one_comes) {
    House house;
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 9s);
    EXPECT_FALSE(house.stream().is_unwatched()) << "the publisher has just come";
    t = house.send(*publication, t, 3s);
    EXPECT_TRUE(house.stream().is_unwatched());
    Follower viewer(house.shard());
    const auto id = house.stream().open_log("source", readable, viewer.subscriber(), house.now());
    EXPECT_FALSE(house.stream().is_unwatched()) << "at once";
    house.stream().close_log(readable, *id, house.now());
    t = house.send(*publication, t, 18s);
    EXPECT_TRUE(house.stream().is_unwatched());
    house.stream().viewers()[ViewerProtocol::hls] = 1;
    t = house.send(*publication, t, 1s);
    EXPECT_FALSE(house.stream().is_unwatched()) << "who polls playlists watches too";
}

TEST(Viewers, that_watch_sound_alone_keep_the_stream_busy_until_it_is_out) {
    House house;
    const auto tracks = audio_only();
    const auto publication = house.publish();
    house.push(*publication, audio(0), tracks);
    Follower viewer(house.shard());
    ASSERT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));
    (void)viewer.take();
    EXPECT_FALSE(house.stream().is_busy());
    house.push(*publication, audio(20), tracks);
    EXPECT_TRUE(house.stream().is_busy());
    house.wait(30ms);
    EXPECT_EQ(viewer.text(), "a20");
    EXPECT_FALSE(house.stream().is_busy());
}

TEST(Statistics, count_frames_bytes_bitrate_and_faults_over_all_publications) {
    House house;
    const auto first = house.publish();
    house.send(*first, 0, 10s);
    house.stream().push(*first, {}, {.gap = 1, .backward = 2, .wrap = 0, .drift = 0, .fast = 0}, house.now());
    EXPECT_EQ(house.snapshot()->input.frames, 250U);
    EXPECT_EQ(house.snapshot()->input.bytes, 250U * 100 + 500 * 10);
    EXPECT_NEAR(static_cast<double>(house.snapshot()->input.bitrate), 3000 * 8, 500);
    house.stream().leave(*first, "closed", house.now());
    const auto second = house.publish();
    house.stream().push(*second, {}, {.gap = 1, .backward = 0, .wrap = 0, .drift = 0, .fast = 0}, house.now());
    EXPECT_EQ(house.snapshot()->input.timestamp_faults.gap, 2U);
    EXPECT_EQ(house.snapshot()->input.timestamp_faults.backward, 2U);
}

TEST(Statistics, a_snapshot_is_stale_when_something_that_people_see_has_changed) {
    House house;
    auto shown = house.snapshot();
    EXPECT_FALSE(house.stream().is_news(*shown));
    const auto publication = house.publish();
    EXPECT_TRUE(house.stream().is_news(*shown));
    shown = house.snapshot();
    house.push(*publication, key(0), both());
    EXPECT_TRUE(house.stream().is_news(*shown));
    shown = house.snapshot();
    house.push(*publication, video(40), house.snapshot()->tracks);
    EXPECT_FALSE(house.stream().is_news(*shown));
    house.packaged().index = std::make_shared<SegmentIndex>();
    EXPECT_FALSE(house.stream().is_news(*shown)) << "who wants the index is told of it by itself";
    house.stream().leave(*publication, "closed", house.now());
    EXPECT_TRUE(house.stream().is_news(*shown));
}

TEST(Words, the_journal_tells_the_life_of_the_stream_and_what_is_wrong_with_its_source) {
    std::string lines;
    base::Journal journal(base::LogLevel::info, base::LogFormat::text, [&](std::string_view line) { lines += line; });
    Stream::Settings settings;
    settings.journal = journal.with({.stream = "live/demo"});
    House house(settings);
    const auto publication = house.publish();
    for (int t = 0; t <= 10'000; t += 40) house.push(*publication, video(t), both());
    EXPECT_THAT(lines, HasSubstr("no keyframe to start from"));
    house.push(*publication, key(11'000), both());
    EXPECT_THAT(lines, HasSubstr("running"));
    house.packaged().remarks = {"its keyframes are 12 s apart"};
    house.wait(100ms);
    EXPECT_THAT(lines, HasSubstr("its keyframes are 12 s apart"));
    house.stream().leave(*publication, "the connection was closed", house.now());
    EXPECT_THAT(lines, HasSubstr("recovering"));
    EXPECT_THAT(lines, HasSubstr("the connection was closed"));
}

}  // namespace
}  // namespace weir::stream::test

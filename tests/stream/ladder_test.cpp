#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/house.hpp"
#include "stream/studio.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Stream::Settings with(Studio& studio) {
    Stream::Settings settings;
    settings.transcoder = studio.factory();
    return settings;
}

std::vector<std::int64_t> times(const std::vector<Packaged::Row>& rows) {
    std::vector<std::int64_t> result;
    for (const Packaged::Row& row : rows) result.push_back(row.entry.packet->pts.to_milliseconds());
    return result;
}

std::vector<std::int64_t> boundaries(const std::vector<Packaged::Row>& rows) {
    return times(Packaged::boundaries_in(rows));
}

media::TrackSetRef announcing(std::uint64_t bitrate) {
    media::TrackSet tracks = *both();
    tracks.tracks.front().announced_bitrate = bitrate;
    return std::make_shared<media::TrackSet>(std::move(tracks));
}

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

TEST(SparseKeyframes, let_the_encoders_lead_and_take_the_source_out_of_hls_with_the_reason) {
    std::string lines;
    base::Journal journal(base::LogLevel::info, base::LogFormat::text, [&](std::string_view line) { lines += line; });
    Studio studio;
    Stream::Settings settings = with(studio);
    settings.journal = journal.with({.stream = "live/demo"});
    House house(settings);
    const auto publication = house.publish();
    const auto shown = house.snapshot();
    house.send(*publication, 0, 25s, House::default_tracks(), 10s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false));
    EXPECT_THAT(boundaries(house.packaged().of_rung[0]), ElementsAre(0, 6040, 12'040, 18'040, 24'040));
    EXPECT_EQ(times(house.packaged().boundaries()), boundaries(house.packaged().of_rung[1]));
    for (const auto& row : Packaged::boundaries_in(house.packaged().of_rung[0]))
        EXPECT_TRUE(row.entry.packet->keyframe) << row.entry.packet->pts.to_seconds();
    EXPECT_EQ(house.snapshot()->source_left_out, "keyframes more than 6.0 s apart");
    EXPECT_THAT(lines, HasSubstr("keyframes more than 6.0 s apart: `source` is not in HLS; set the encoder's keyframe "
                                 "interval to 2 s"));
    Follower viewer(house.shard());
    EXPECT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));

    house.stream().leave(*publication, "closed", house.now());
    const auto second = house.publish("p-2");
    house.send(*second, 0, 5s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false, true)) << "another publication may be better";
    EXPECT_EQ(house.snapshot()->source_left_out, "");
}

TEST(SparseKeyframes, are_judged_by_what_players_were_told) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 13s);
    auto index = std::make_shared<SegmentIndex>();
    index->target_duration = ms(6000);
    house.packaged().index = index;
    t = house.send(*publication, t, 3s);
    house.send(*publication, t, 20s, House::default_tracks(), 5s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false));
    EXPECT_THAT(boundaries(house.packaged().of_rung[0]), ElementsAre(0, 6000, 12'000, 18'000, 24'000, 30'000));
}

TEST(SparseKeyframes, without_rungs_are_as_they_are) {
    House house;
    const auto publication = house.publish();
    house.send(*publication, 0, 25s, House::default_tracks(), 10s);
    EXPECT_THAT(house.packaged().offers, IsEmpty());
    EXPECT_THAT(times(house.packaged().boundaries()), ElementsAre(0, 10'000, 20'000));
}

TEST(SparseKeyframes, bring_the_source_back_when_every_encoder_has_failed) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    const std::int64_t t = house.send(*publication, 0, 9s, House::default_tracks(), 10s);
    ASSERT_THAT(house.packaged().offers, ElementsAre(false));
    studio.kill(house.now());
    for (RungStats& stats : studio.stats) stats.state = RungState::failed;
    house.send(*publication, t, 22s, House::default_tracks(), 10s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false, true));
    EXPECT_THAT(times(house.packaged().boundaries()), ElementsAre(0, 6040, 20'000, 30'000));
}

}  // namespace
}  // namespace weir::stream::test

#include "transcode/supervisor.hpp"

#include "scripted_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::transcode {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using stream::RungState;
using testing::HasSubstr;
using tests::Stage;
namespace relay = format::relay;

stream::RungPlan rung(std::string name, std::string left_out = {}) {
    return {.name = std::move(name), .kind = media::Kind::video, .left_out = std::move(left_out)};
}
stream::RungPlan sound() { return {.name = "stereo", .kind = media::Kind::audio, .left_out = {}}; }

std::vector<stream::RungPlan> two() { return {rung("720p"), rung("360p")}; }

template <typename T>
std::vector<T> sent(const Stage& stage) {
    std::vector<T> found;
    for (const relay::Message& message : stage.sent)
        if (const auto* one = std::get_if<T>(&message)) found.push_back(*one);
    return found;
}

TEST(Supervisor, AStreamIsEncodedFromItsFirstPictureOn) {
    Stage stage({rung("1080p", "larger than the source"), rung("720p"), rung("360p")});
    EXPECT_EQ(stage.stats(1).state, RungState::starting);
    stage.run(seconds(5));
    ASSERT_GE(stage.sent.size(), 4U);
    EXPECT_TRUE(std::holds_alternative<relay::Hello>(stage.sent[0]));
    EXPECT_TRUE(std::holds_alternative<relay::Setup>(stage.sent[1]));
    EXPECT_TRUE(std::holds_alternative<relay::Tracks>(stage.sent[2]));
    EXPECT_EQ(std::get<relay::Media>(stage.sent[3]).packet.pts, media::Ticks());
    EXPECT_EQ(sent<relay::Setup>(stage)[0].encode_from, media::Ticks(INT64_MIN));
    for (const std::size_t place : {1U, 2U}) {
        EXPECT_GE(stage.rungs[place].packets.size(), 115U);
        EXPECT_EQ(stage.rungs[place].packets.front().pts, media::Ticks());
        EXPECT_EQ(stage.stats(place).state, RungState::running);
    }
    EXPECT_TRUE(stage.rungs[0].packets.empty());
    EXPECT_EQ(stage.stats(0).state, RungState::left_out);
    EXPECT_EQ(stage.stats(0).reason, "larger than the source");
    EXPECT_EQ(stage.supervisor.stats().worker.pid, 4711);
    EXPECT_EQ(stage.supervisor.stats().worker.memory_bytes, 100U << 20);
    EXPECT_TRUE(stage.kills.empty());
}

TEST(Supervisor, SoundThatIsPassedThroughNeverGoesToTheWorker) {
    const auto is_sound = [](const relay::Media& one) { return one.packet.track == media::audio_track_id; };
    Stage without(two());
    without.run(seconds(2));
    EXPECT_TRUE(std::ranges::none_of(sent<relay::Media>(without), is_sound));
    Stage with({rung("360p"), sound()});
    with.run(seconds(2));
    EXPECT_TRUE(std::ranges::any_of(sent<relay::Media>(with), is_sound));
    EXPECT_FALSE(with.rungs[1].packets.empty());
}

TEST(Supervisor, AfterKillMinusNineTheRungsAreBackWithinThreeSecondsThoughKeyframesAreSixApart) {
    for (int later = 0; later < 12; ++later) {
        Stage stage(two(), {}, seconds(6));
        stage.run(seconds(13) + later * milliseconds(500));
        const std::size_t before = stage.rungs[0].packets.size();
        const base::Instant killed = stage.now;
        stage.end_worker("killed by signal 9");
        EXPECT_EQ(stage.stats(0).state, RungState::recovering);
        EXPECT_EQ(stage.stats(0).reason, "killed by signal 9");
        stage.run_until([&] { return stage.rungs[0].packets.size() > before; }, seconds(10));
        EXPECT_LE(stage.now - killed, seconds(3)) << later;
        EXPECT_GT(sent<relay::Setup>(stage).at(1).encode_from, stage.rungs[0].packets.at(before - 1).pts);
        EXPECT_TRUE(stage.rungs[0].packets.at(before).keyframe);
        EXPECT_EQ(stage.rungs[0].interruptions, 1U);
        EXPECT_EQ(stage.rungs[1].interruptions, 1U);
        stage.run(seconds(1));
        EXPECT_TRUE(stage.is_running(0));
        EXPECT_EQ(stage.supervisor.stats().worker.restarts, 1U);
    }
}

TEST(Supervisor, ABoundaryThatPassedWhileTheWorkerWasGoneIsStillEncoded) {
    Stage stage(two(), {}, seconds(6));
    stage.run(milliseconds(5950));
    stage.end_worker("killed by signal 9");
    stage.run_until([&] { return stage.spawns == 2; }, seconds(1));
    const bool passed = stage.time > media::Ticks::milliseconds(6000);
    stage.run(seconds(3));
    const auto& packets = stage.rungs[0].packets;
    const auto boundary = std::ranges::find_if(
        packets, [](const media::Packet& one) { return one.pts == media::Ticks::milliseconds(6000); });
    ASSERT_NE(boundary, packets.end());
    EXPECT_TRUE(boundary->keyframe && boundary->segment_boundary);
    EXPECT_TRUE(passed || boundary != packets.begin());
}

TEST(Supervisor, ThreeKillsInAMinuteAreNoReasonToGiveUp) {
    Stage stage(two());
    for (int i = 0; i < 3; ++i) {
        stage.run(seconds(20));
        EXPECT_TRUE(stage.is_running(0)) << i;
        stage.end_worker("killed by signal 9");
    }
    stage.run(seconds(20));
    EXPECT_TRUE(stage.is_running(0));
    EXPECT_EQ(stage.supervisor.stats().worker.restarts, 3U);
}

TEST(Supervisor, AWorkerThatAlwaysCrashesIsGivenUpAndNotTriedForEver) {
    struct Row {
        const char* name;
        tests::Manners manners;
    };
    const Row rows[] = {
        {"it cannot be started", {.starts = false}},
        {"it says nothing", {.says_hello = false}},
        {"it dies of its setup", {.dies_of_setup = true}},
        {"it hangs", {.reports = false, .works = false}},
        {"it reports, and does nothing else", {.works = false}},
    };
    for (const Row& row : rows) {
        Stage stage(two());
        stage.manners = row.manners;
        stage.run(minutes(4));
        EXPECT_EQ(stage.stats(0).state, RungState::failed) << row.name;
        EXPECT_THAT(stage.stats(1).reason, HasSubstr("ended too often")) << row.name;
        EXPECT_TRUE(stage.said("the rungs are given up")) << row.name;
        EXPECT_EQ(stage.spawns, Limits{}.faults + 1) << row.name;
        EXPECT_EQ(stage.supervisor.stats().worker.pid, 0) << row.name;
        stage.run(minutes(10));
        EXPECT_EQ(stage.spawns, Limits{}.faults + 1) << row.name;
    }
}

TEST(Supervisor, AWorkerThatSaysNothingForThreeSecondsIsKilled) {
    Stage stage(two());
    stage.run(seconds(5));
    stage.manners.reports = stage.manners.works = false;
    const base::Instant hung = stage.now;
    stage.run_until([&] { return !stage.kills.empty(); }, seconds(10));
    EXPECT_GE(stage.now - hung, seconds(2));
    EXPECT_LE(stage.now - hung, milliseconds(3100));
    stage.manners = {};
    stage.run(seconds(3));
    EXPECT_TRUE(stage.is_running(0));
    EXPECT_EQ(stage.kills.size(), 1U);
}

TEST(Supervisor, AWorkerWhoseEncoderHangsWhileItReportsIsKilled) {
    Stage stage(two());
    stage.run(seconds(5));
    stage.manners.works = false;
    const base::Instant hung = stage.now;
    stage.run_until([&] { return !stage.kills.empty(); }, seconds(20));
    EXPECT_GE(stage.now - hung, seconds(4));
    EXPECT_LE(stage.now - hung, milliseconds(6100));
    EXPECT_EQ(stage.kills.at(0), "it does nothing with what it is given");
}

TEST(Supervisor, ASourceThatSaysLittleOrNothingDoesNotCostTheWorkerItsLife) {
    Stage stage(two());
    stage.run(seconds(3));
    stage.picture_interval = seconds(4);
    stage.run(minutes(3));
    stage.source_runs = false;
    stage.run(minutes(10));
    EXPECT_TRUE(stage.kills.empty());
    EXPECT_EQ(stage.spawns, 1U);
}

TEST(Supervisor, AWorkerThatOutgrowsItsMemoryIsReplaced) {
    Stage stage(two());
    stage.run(seconds(3));
    stage.manners.memory = 601U << 20;
    stage.run_until([&] { return !stage.kills.empty(); }, seconds(3));
    EXPECT_EQ(stage.kills.at(0), "it has grown to 601 of 600 MiB");
    stage.manners = {};
    stage.run(seconds(5));
    EXPECT_TRUE(stage.is_running(0));
}

relay::Media packet_at(relay::Rendition rendition, media::Ticks dts, std::uint32_t track = media::video_track_id) {
    relay::Media media{.rendition = rendition, .packet = {}};
    media.packet.track = track;
    media.packet.dts = media.packet.pts = dts;
    media.packet.keyframe = true;
    return media;
}

TEST(Supervisor, AWorkerThatTalksNonsenseIsKilledBeforeAnybodyBelievesIt) {
    relay::Media endless = packet_at(1, media::Ticks::milliseconds(5000));
    endless.packet.duration = media::Ticks(INT64_MAX);
    struct Row {
        const char* name;
        relay::Message message;
    };
    const Row rows[] = {
        {"setup", relay::Setup{}},
        {"a switch", relay::SwitchRung{}},
        {"drain", relay::Drain{}},
        {"drained, unasked", relay::Drained{}},
        {"tracks of the source", relay::Tracks{.rendition = 0, .tracks = tests::rung_tracks(media::Kind::video)}},
        {"tracks of a rung that there is not",
         relay::Tracks{.rendition = 3, .tracks = tests::rung_tracks(media::Kind::video)}},
        {"sound where pictures should be",
         relay::Tracks{.rendition = 1, .tracks = tests::rung_tracks(media::Kind::audio)}},
        {"two tracks in a rung", relay::Tracks{.rendition = 1, .tracks = tests::source_tracks()}},
        {"no track in a rung", relay::Tracks{.rendition = 1, .tracks = std::make_shared<media::TrackSet>()}},
        {"a packet of the source", packet_at(0, media::Ticks::milliseconds(5000))},
        {"a packet of a rung that there is not", packet_at(3, media::Ticks::milliseconds(5000))},
        {"a packet of another track", packet_at(1, media::Ticks::milliseconds(5000), 9)},
        {"a time long gone", packet_at(1, media::Ticks(INT64_MIN))},
        {"a time that never comes", packet_at(1, media::Ticks(INT64_MAX))},
        {"a frame that never ends", endless},
        {"a report on other rungs", relay::Report{}},
        {"a picture of now, unasked", relay::Still{}},
        {"a wish for a picture", relay::WantStill{}},
    };
    for (const Row& row : rows) {
        Stage stage(two());
        stage.run(seconds(5));
        const std::size_t before = stage.rungs[0].packets.size();
        stage.say(row.message);
        EXPECT_EQ(stage.kills.size(), 1U) << row.name;
        EXPECT_EQ(stage.rungs[0].packets.size(), before) << row.name;
        stage.run(seconds(5));
        EXPECT_TRUE(stage.is_running(0)) << row.name;
    }
}

TEST(Supervisor, ABoundaryThatTheSourceDoesNotHaveIsNone) {
    Stage stage(two());
    stage.run(seconds(5));
    relay::Media media = packet_at(1, stage.rungs[0].packets.back().pts + media::Ticks(1));
    media.packet.segment_boundary = true;
    stage.say(media);
    EXPECT_EQ(stage.rungs[0].packets.back().pts, media.packet.pts);
    EXPECT_FALSE(stage.rungs[0].packets.back().segment_boundary);
}

TEST(Supervisor, APictureThatKillsDecodersCostsOneGroupOfPicturesAndNotTheLadder) {
    Stage stage(two());
    stage.run(seconds(4));
    stage.manners.poison = media::Ticks::milliseconds(5000);
    stage.run(seconds(6));
    EXPECT_TRUE(stage.is_running(0));
    EXPECT_LE(stage.supervisor.stats().worker.restarts, 2U);
}

TEST(Supervisor, ASourceThatWasReplacedWhileTheWorkerWasGoneIsADiscontinuityInItsRungs) {
    Stage stage(two());
    stage.run(seconds(3));
    stage.end_worker("killed by signal 9");
    stage.break_source = true;
    const std::size_t before = stage.rungs[0].packets.size();
    stage.run(seconds(5));
    ASSERT_GT(stage.rungs[0].packets.size(), before + 1);
    EXPECT_TRUE(stage.rungs[0].packets[before].discontinuity);
    EXPECT_FALSE(stage.rungs[0].packets[before + 1].discontinuity);
}

TEST(Supervisor, WhenThePublisherPausesWhatIsBeingEncodedComesOut) {
    Stage stage(two());
    stage.run(seconds(3));
    stage.source_runs = false;
    stage.supervisor.flush(stage.clocks());
    stage.run(seconds(1));
    EXPECT_EQ(sent<relay::Drain>(stage).size(), 1U);
    EXPECT_EQ(stage.rungs[0].packets.back().pts, stage.time - tests::picture_time);
    const std::size_t before = sent<relay::Media>(stage).size();
    stage.source_runs = true;
    stage.run(seconds(4));
    EXPECT_TRUE(sent<relay::Media>(stage).at(before).packet.keyframe);
    EXPECT_TRUE(stage.kills.empty());
    EXPECT_TRUE(stage.is_running(0));
}

TEST(Supervisor, AWorkerThatDoesNotDrainIsKilled) {
    Stage stage(two());
    stage.run(seconds(3));
    stage.source_runs = stage.manners.works = false;
    stage.supervisor.flush(stage.clocks());
    stage.run(seconds(6));
    EXPECT_EQ(stage.kills.size(), 1U);
}

TEST(Supervisor, AFullSocketCostsPicturesUpToTheNextKeyframeAndTheyAreCounted) {
    Stage stage(two());
    stage.run(milliseconds(3500));
    stage.supervisor.congested(true);
    const std::size_t before = sent<relay::Media>(stage).size();
    stage.run(seconds(1));
    EXPECT_EQ(sent<relay::Media>(stage).size(), before);
    EXPECT_EQ(stage.rungs[0].interruptions, 1U) << "a boundary was among them";
    stage.supervisor.congested(false);
    stage.run(seconds(2));
    EXPECT_EQ(sent<relay::Media>(stage).at(before).packet.pts, media::Ticks::milliseconds(6000));
    EXPECT_GE(stage.stats(0).dropped_overload, 25U);
    EXPECT_TRUE(stage.kills.empty());
}

TEST(Supervisor, WhatANewWorkerBeginsWithMayFillTheSocketUntilTheNextKeyframe) {
    Stage stage(two(), {}, seconds(6));
    stage.run(seconds(10));
    stage.end_worker("killed by signal 9");
    stage.run_until([&] { return sent<relay::Setup>(stage).size() == 2; }, seconds(1));
    stage.supervisor.congested(true);
    const std::size_t before = stage.rungs[0].packets.size();
    stage.run_until([&] { return stage.time == media::Ticks::milliseconds(12000); }, seconds(3));
    EXPECT_GE(stage.rungs[0].packets.size(), before + 20);
    stage.run(seconds(3));
    EXPECT_EQ(sent<relay::Media>(stage).back().packet.pts, media::Ticks::milliseconds(11960));
}

TEST(Supervisor, AnOverloadedMachineGivesUpTheTopRungAndTriesItAgain) {
    Stage stage({rung("720p"), rung("360p"), sound()});
    stage.run(seconds(5));
    stage.manners.lag = 900;
    stage.manners.affordable = 2;
    stage.run_until([&] { return stage.stats(0).state == RungState::shed; }, seconds(20));
    EXPECT_THAT(stage.stats(0).reason, HasSubstr("900 ms behind"));
    EXPECT_EQ(stage.rungs[0].interruptions, 1U);
    const base::Instant shed = stage.now;
    stage.run(seconds(5));
    EXPECT_TRUE(stage.is_running(1) && stage.is_running(2));
    stage.manners.affordable = 3;
    stage.run_until([&] { return stage.is_running(0); }, seconds(60));
    EXPECT_GE(stage.now - shed, seconds(10));
    EXPECT_LE(stage.now - shed, seconds(20));
    EXPECT_TRUE(stage.said("720p is given up") && stage.said("720p is made again"));
    EXPECT_TRUE(stage.kills.empty());
}

TEST(Supervisor, TheLowestPictureAndSoundAreNeverGivenUp) {
    Stage stage({rung("720p"), rung("360p"), sound()});
    stage.manners.lag = 900;
    stage.manners.affordable = 0;
    stage.run(seconds(60));
    EXPECT_EQ(stage.stats(0).state, RungState::shed);
    EXPECT_EQ(stage.stats(1).state, RungState::running);
    EXPECT_EQ(stage.stats(2).state, RungState::running);
    EXPECT_TRUE(std::ranges::none_of(sent<relay::SwitchRung>(stage), [](auto& one) { return one.rendition >= 2; }));
}

TEST(Supervisor, ARungThatIsGivenUpStaysSoAcrossARestart) {
    Stage stage(two());
    stage.manners.lag = 900;
    stage.manners.affordable = 1;
    stage.run_until([&] { return stage.stats(0).state == RungState::shed; }, seconds(20));
    const std::size_t before = stage.rungs[0].packets.size();
    stage.end_worker("killed by signal 9");
    stage.run(seconds(4));
    EXPECT_EQ(stage.rungs[0].packets.size(), before);
    EXPECT_EQ(stage.stats(0).state, RungState::shed);
    EXPECT_TRUE(stage.is_running(1));
}

TEST(Supervisor, AWorkerCannotFillTheJournal) {
    Stage stage(two());
    stage.run(seconds(3));
    for (int i = 0; i < 1000; ++i) stage.say(relay::Remark{.level = base::LogLevel::warning, .text = "odd picture"});
    EXPECT_EQ(stage.remarks.size(), Limits{}.remarks);
    stage.run(minutes(2));
    stage.say(relay::Remark{.level = base::LogLevel::warning, .text = "odd picture"});
    EXPECT_EQ(stage.remarks.size(), Limits{}.remarks + 1);
}

TEST(Supervisor, APictureOfNowIsMadeByTheWorkerThatIsAtWork) {
    Stage stage(two());
    EXPECT_FALSE(stage.supervisor.want_still()) << "there is none yet";
    stage.run(seconds(5));
    ASSERT_TRUE(stage.supervisor.want_still());
    stage.drain();
    ASSERT_EQ(sent<relay::WantStill>(stage).size(), 1U);
    EXPECT_EQ(sent<relay::WantStill>(stage)[0].width, still_width);
    stage.say(relay::Still{.width = 320, .height = 180, .jpeg = base::Bytes::copy_of("a picture")});
    ASSERT_EQ(stage.stills.size(), 1U);
    EXPECT_EQ(stage.stills[0].height, 180U);
    EXPECT_TRUE(stage.kills.empty());

    ASSERT_TRUE(stage.supervisor.want_still());
    stage.end_worker("killed by signal 9");
    EXPECT_FALSE(stage.supervisor.want_still()) << "the next one is not there yet";
    stage.run(seconds(5));
    stage.say(relay::Still{});
    EXPECT_EQ(stage.kills.size(), 1U) << "the new one was not asked";
}

TEST(Supervisor, APictureLargerThanAskedForIsNotTaken) {
    for (const bool wide : {true, false}) {
        Stage stage(two());
        stage.run(seconds(5));
        ASSERT_TRUE(stage.supervisor.want_still());
        const std::size_t size = wide ? 10 : Limits{}.still.bytes() + 1;
        stage.say(relay::Still{.width = wide ? still_width + 2 : 320,
                               .height = 180,
                               .jpeg = base::Bytes::copy_of(std::string(size, 'j'))});
        EXPECT_EQ(stage.kills.size(), 1U);
        EXPECT_TRUE(stage.stills.empty());
    }
}

TEST(Supervisor, CountsGoOnAcrossWorkers) {
    Stage stage(two());
    stage.run(seconds(3));
    relay::Report report{.dropped = 5, .rungs = std::vector<relay::RungReport>(2)};
    report.rungs[0].dropped = 2;
    report.rungs[0].p95 = 7900;
    report.rungs[0].speed = 1900;
    stage.say(report);
    EXPECT_EQ(stage.stats(0).dropped_overload, 7U);
    EXPECT_EQ(stage.stats(0).encode.p95, std::chrono::microseconds(7900));
    EXPECT_DOUBLE_EQ(stage.stats(0).speed, 1.9);
    stage.end_worker("killed by signal 9");
    EXPECT_EQ(stage.stats(0).dropped_overload, 7U);
    EXPECT_EQ(stage.supervisor.stats().worker.memory_bytes, 0U);
    stage.run(seconds(2));
    stage.say(report);
    EXPECT_EQ(stage.stats(0).dropped_overload, 14U);
}

// Whatever comes in whatever order: nothing breaks, decode times rise (the stage looks), and a worker is either owed something
// or being waited for.
TEST(Supervisor, NoOrderOfEventsBreaksTheRungs) {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        std::minstd_rand random(seed);
        Limits limits;
        limits.faults = 1000;
        Stage stage({rung("720p"), rung("360p"), sound()}, limits, milliseconds(400 * (1 + seed % 8)));
        for (int i = 0; i < 150; ++i) {
            const auto pick = random() % 12;
            if (pick == 0) stage.end_worker("killed by signal 9");
            if (pick == 1) stage.supervisor.flush(stage.clocks());
            if (pick == 2) stage.supervisor.congested(random() % 2 == 0);
            if (pick == 3) stage.supervisor.broken("a bad byte", stage.clocks());
            if (pick == 4) stage.break_source = true;
            if (pick == 5) stage.manners.works = !stage.manners.works;
            if (pick == 6) stage.manners.reports = !stage.manners.reports;
            if (pick == 7) stage.manners.lag = random() % 2 * 900, stage.manners.affordable = random() % 3;
            if (pick == 8) stage.source_runs = !stage.source_runs;
            if (pick == 9)
                stage.say(packet_at(static_cast<relay::Rendition>(random() % 4),
                                    stage.time - tests::picture_time * (random() % 50)));
            stage.run(milliseconds(random() % 700));
        }
        stage.manners = {};
        stage.source_runs = true;
        stage.supervisor.congested(false);
        stage.run(minutes(2));
        EXPECT_TRUE(stage.is_running(1) && stage.is_running(2)) << seed;
    }
}

TEST(Supervisor, ASourceWithoutKeyframesIsNotHeldWithoutEnd) {
    Limits limits;
    limits.held_time = seconds(10);
    Stage stage(two(), limits, minutes(5));
    stage.run(seconds(20));
    stage.end_worker("killed by signal 9");
    const std::size_t before = sent<relay::Media>(stage).size();
    stage.run(seconds(5));
    EXPECT_EQ(sent<relay::Media>(stage).size(), before) << "there is nothing that a decoder could begin with";
    EXPECT_EQ(stage.stats(0).state, RungState::recovering);
}

}  // namespace

}  // namespace weir::transcode

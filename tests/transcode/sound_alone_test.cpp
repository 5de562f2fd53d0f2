// The supervision of a worker that encodes nothing but sound.
#include "transcode/supervisor.hpp"

#include "scripted_worker.hpp"

#include <gtest/gtest.h>

namespace weir::transcode {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using stream::RungState;
using tests::Stage;
namespace relay = format::relay;

std::vector<stream::RungPlan> sound() {
    return {{.name = "720p", .left_out = "larger than the source"}, {.name = "stereo", .kind = media::Kind::audio}};
}

TEST(SoundAlone, NoPictureGoesToTheWorkerAndNoneIsAskedOfIt) {
    Stage stage(sound());
    stage.run(seconds(5));
    EXPECT_TRUE(stage.is_running(1));
    EXPECT_GE(stage.rungs[1].packets.size(), 115U);
    EXPECT_EQ(stage.rungs[1].packets.front().pts, media::Ticks());
    for (const relay::Message& message : stage.sent)
        if (const auto* media = std::get_if<relay::Media>(&message))
            EXPECT_EQ(media->packet.track, media::audio_track_id);
    EXPECT_FALSE(stage.supervisor.want_still());
    EXPECT_TRUE(stage.kills.empty());
}

TEST(SoundAlone, NothingIsMissingOfItWhenAWorkerIsKilled) {
    for (int later = 0; later < 50; ++later) {
        Stage stage(sound(), {}, seconds(6));
        stage.run(seconds(5) + later * milliseconds(40));
        const std::size_t before = stage.rungs[1].packets.size();
        stage.end_worker("killed by signal 9");
        EXPECT_EQ(stage.stats(1).state, RungState::recovering);
        EXPECT_EQ(stage.rungs[1].interruptions, 1U);
        stage.run(seconds(2));
        const auto& packets = stage.rungs[1].packets;
        ASSERT_GT(packets.size(), before);
        EXPECT_EQ(packets[before].pts, packets[before - 1].pts + tests::picture_time);
        EXPECT_TRUE(stage.is_running(1));
        EXPECT_EQ(stage.supervisor.stats().worker.restarts, 1U);
    }
}

TEST(SoundAlone, ThatAlwaysKillsItsWorkerIsGivenUp) {
    Stage stage(sound());
    stage.manners.dies_of_setup = true;
    stage.run(minutes(3));
    EXPECT_EQ(stage.stats(1).state, RungState::failed);
    EXPECT_EQ(stage.spawns, Limits{}.faults + 1);
}

TEST(SoundAlone, GoesOnWhenTheSourceWasAway) {
    Stage stage(sound());
    stage.run(seconds(5));
    stage.source_runs = false;
    stage.supervisor.flush(stage.clocks());
    stage.drain();
    stage.run(seconds(20));
    const std::size_t before = stage.rungs[1].packets.size();
    EXPECT_EQ(stage.rungs[1].packets.back().pts + tests::picture_time, stage.time) << "all of it came out";
    stage.source_runs = true;
    stage.break_source = true;
    stage.run(seconds(5));
    EXPECT_GT(stage.rungs[1].packets.size(), before + 100);
    EXPECT_TRUE(stage.kills.empty());
}

TEST(SoundAlone, IsDroppedWhileTheSocketIsFullAndGoesOnAtOnce) {
    Stage stage(sound());
    stage.run(seconds(5));
    stage.supervisor.congested(true);
    stage.run(seconds(1));
    EXPECT_GE(stage.stats(1).dropped_overload, 24U);
    stage.supervisor.congested(false);
    const std::size_t before = stage.rungs[1].packets.size();
    stage.run(milliseconds(200));
    EXPECT_GT(stage.rungs[1].packets.size(), before);
}

}  // namespace

}  // namespace weir::transcode

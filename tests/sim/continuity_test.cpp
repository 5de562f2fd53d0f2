#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/cameras.hpp"
#include "sim/promises.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Stream::Settings of_seconds() {
    Stream::Settings settings;
    settings.options.segment = 1s;
    return settings;
}

// Segments of a second, begun on each.
struct EachSecond : Broadcast {
    EachSecond() : Broadcast(of_seconds()) {
        cameras = {&main, &spare};
        main.connect(house);
        spare.connect(house);
    }
    Camera main{"main", Rank::source, 500, 1s};
    Camera spare{"spare", Rank::backup, 77'040, 1s};
};

void expect_no_hole(const std::vector<Packaged::Row>& rows) {
    std::optional<Ticks> last;
    for (const Packaged::Row& row : rows) {
        const media::Packet& packet = *row.entry.packet;
        if (packet.track != media::video_track_id) continue;
        if (last) EXPECT_LE(packet.dts - *last, ms(80)) << "whatever clocks the sources have";
        last = packet.dts;
    }
}

TEST(Continuity, viewers_of_a_frozen_source_wait_for_no_more_than_its_detection) {
    TwoCameras cast;
    cast.run(10s);
    EXPECT_EQ(cast.on_air(), "main");
    cast.main.is_frozen = true;
    cast.run(7s);
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_EQ(cast.house.state(), State::running);
    EXPECT_EQ(cast.house.snapshot()->reason, "the source fell silent");
    EXPECT_LE(cast.longest_still, 1100ms);
    cast.longest_still = 0ms;
    cast.main.is_frozen = false;
    cast.run(4s);
    EXPECT_EQ(cast.on_air(), "spare") << "it has to prove itself";
    cast.run(3s + 20ms);
    EXPECT_EQ(cast.on_air(), "main") << "five seconds, and the next keyframe";
    EXPECT_EQ(cast.house.snapshot()->reason, "");
    EXPECT_EQ(cast.longest_still, 0ms) << "nobody waits for the way back";
    EXPECT_EQ(cast.switches(), (SwitchCounts{1, 0, 1}));
    EXPECT_THAT(cast.house.evicted(), IsEmpty());
    check_promises(cast.house.packaged().rows);
}

TEST(Continuity, viewers_of_a_source_that_is_cut_do_not_wait_at_all) {
    TwoCameras cast;
    cast.run(10s);
    cast.main.leave(cast.house);
    cast.run(3s);
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_EQ(cast.house.snapshot()->reason, "the connection was lost");
    EXPECT_EQ(cast.longest_still, 0ms);
    EXPECT_EQ(cast.switches(), (SwitchCounts{0, 1, 0}));
    check_promises(cast.house.packaged().rows);
}

TEST(Continuity, stream_time_goes_on_through_a_switch) {
    TwoCameras cast;
    cast.run(10s);
    cast.main.is_frozen = true;
    cast.run(10s);
    expect_no_hole(cast.house.packaged().rows);
}

// Where a source is cut, the next second has to be waited for.
TEST(Continuity, what_a_backup_sends_while_nobody_is_on_air_is_not_lost) {
    for (base::Duration cut = 10s; cut < 11s; cut += 90ms) {
        SCOPED_TRACE(cut.count());
        EachSecond cast;
        cast.run(cut);
        cast.main.leave(cast.house);
        cast.run(5s);
        ASSERT_EQ(cast.on_air(), "spare");
        expect_no_hole(cast.house.packaged().rows);
    }
}

TEST(Continuity, a_source_that_is_frozen_for_long_is_evicted_while_the_stream_goes_on) {
    TwoCameras cast;
    cast.run(5s);
    cast.main.is_frozen = true;
    cast.run(12s);
    EXPECT_THAT(cast.house.evicted(), ElementsAre("main: the publisher fell silent"));
    EXPECT_EQ(cast.house.state(), State::running);
    cast.run(60s);
    EXPECT_EQ(cast.house.state(), State::running) << "a backup is a source: there is no hold";
}

TEST(Continuity, a_source_may_have_to_wait_until_the_backup_fails) {
    Stream::Settings settings;
    settings.options.backup_return = config::ReturnTime::never();
    TwoCameras cast(settings);
    cast.run(5s);
    cast.main.is_frozen = true;
    cast.run(5s);
    cast.main.is_frozen = false;
    cast.run(60s);
    EXPECT_EQ(cast.on_air(), "spare");
    cast.spare.leave(cast.house);
    cast.run(1s);
    EXPECT_EQ(cast.on_air(), "main");
    EXPECT_LE(cast.longest_still, 1100ms);
}

TEST(Continuity, a_source_returns_though_each_second_begins_a_segment_of_the_backup) {
    EachSecond cast;
    cast.run(10s);
    cast.main.leave(cast.house);
    EXPECT_EQ(cast.house.state(), State::running) << "a moment without anybody is no pause";
    cast.run(5s);
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_LE(cast.longest_still, 1100ms) << "the next second";
    cast.main.connect(cast.house);
    cast.run(8s);
    EXPECT_EQ(cast.on_air(), "main");
    check_promises(cast.house.packaged().rows);
}

TEST(Continuity, a_backup_may_come_first_and_alone) {
    Broadcast cast;
    Camera spare("spare", Rank::backup, 5000);
    cast.cameras = {&spare};
    spare.connect(cast.house);
    cast.run(3s);
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_EQ(cast.house.state(), State::running);
    spare.leave(cast.house);
    EXPECT_EQ(cast.house.state(), State::recovering);
    cast.run(15s);
    EXPECT_TRUE(cast.house.stream().is_over());
}

TEST(Continuity, two_backups_follow_the_rule_of_takeovers) {
    TwoCameras cast;
    cast.run(1s);
    EXPECT_FALSE(cast.house.publish("another", Rank::backup));
    cast.spare.is_frozen = true;
    cast.run(2s);
    EXPECT_TRUE(cast.house.publish("another", Rank::backup));
    EXPECT_THAT(cast.house.evicted(), ElementsAre("spare: another publisher took over"));
    EXPECT_EQ(cast.on_air(), "main");
}

TEST(Continuity, a_broken_backup_is_no_trouble_of_the_stream) {
    Stream::Settings settings;
    settings.faults = 0;
    TwoCameras cast(settings);
    cast.run(3s);
    const base::Error error = base::fail(base::ErrorKind::malformed, "broken").error();
    cast.house.stream().fault(2, error, cast.house.now());
    EXPECT_EQ(cast.house.snapshot()->contenders.size(), 1U);
    cast.spare.forget();
    cast.run(1s);
    EXPECT_EQ(cast.house.state(), State::running);
    EXPECT_EQ(cast.longest_still, 0ms);
}

TEST(Continuity, a_broken_source_gives_way_at_once) {
    TwoCameras cast;
    cast.run(3s);
    const base::Error error = base::fail(base::ErrorKind::malformed, "broken").error();
    cast.house.stream().fault(1, error, cast.house.now());
    cast.main.forget();
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_EQ(cast.house.state(), State::running);
}

TEST(Continuity, what_happens_is_in_the_journal_with_its_reason) {
    std::string lines;
    base::Journal journal(base::LogLevel::info, base::LogFormat::text, [&](std::string_view line) { lines += line; });
    Stream::Settings settings;
    settings.journal = journal.with({.stream = "live/demo"});
    TwoCameras cast(settings);
    cast.run(3s);
    cast.main.is_frozen = true;
    cast.run(2s);
    EXPECT_THAT(lines, HasSubstr("another source is on air"));
    EXPECT_THAT(lines, HasSubstr("the source fell silent"));
    cast.main.is_frozen = false;
    cast.run(8s);
    EXPECT_THAT(lines, HasSubstr("the source is back"));
}

void disturb(Camera& camera, House& house, std::mt19937& random) {
    switch (random() % 6) {
        case 0: camera.leave(house); break;
        case 1: camera.is_frozen = true; break;
        case 2:
        case 3:
            camera.is_frozen = false;
            camera.connect(house);
            break;
        case 4: camera.is_frozen = false; break;
        default: break;
    }
}

Stream::Settings with_chance() {
    Stream::Settings settings;
    settings.options.takeover = config::Takeover::replace;
    settings.options.timeout = 1h;
    settings.options.hold = 1h;
    return settings;
}

TEST(Continuity, whatever_a_source_does_a_backup_that_is_well_leaves_nobody_waiting) {
    for (unsigned seed = 0; seed < 8; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        TwoCameras cast(with_chance());
        cast.run(5s);
        for (int round = 0; round < 60; ++round) {
            disturb(cast.main, cast.house, random);
            cast.run(std::chrono::milliseconds(random() % 4000));
        }
        EXPECT_LE(cast.longest_still, 1200ms);
        check_promises(cast.house.packaged().rows);
    }
}

TEST(Continuity, chance_finds_no_way_to_break_what_players_are_promised) {
    for (unsigned seed = 0; seed < 8; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        TwoCameras cast(with_chance());
        for (int round = 0; round < 100; ++round) {
            for (Camera* camera : cast.cameras) disturb(*camera, cast.house, random);
            cast.run(std::chrono::milliseconds(random() % 2000));
        }
        check_promises(cast.house.packaged().rows);
    }
}

}  // namespace
}  // namespace weir::stream::test

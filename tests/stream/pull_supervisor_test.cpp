#include "stream/pull_supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::IsEmpty;

/// A supervisor in virtual time, and what it says in words: "begin 1", "drop", "end", "running", "waiting".
class Pulled {
  public:
    explicit Pulled(PullPlan plan, std::uint32_t seed = 1) : supervisor(plan, {}, seed, now) { note(); }

    std::vector<std::string> said() {
        note();
        return std::exchange(said_, {});
    }
    void pass(base::Duration time, base::Duration step = 10ms) {
        for (const base::Instant end = now + time; now < end;) {
            now += step;
            supervisor.tick(now);
            note();
        }
    }
    void fail(ErrorKind kind = ErrorKind::io) { supervisor.ended(kind, "gone", now), note(); }
    void run() { supervisor.media(now), note(); }
    /// Until the next attempt; how long that was.
    base::Duration until_begin() {
        const base::Instant since = now;
        while (supervisor.state() != PullState::connecting && now - since < 10min) pass(1ms, 1ms);
        return now - since;
    }

    base::Instant now = at(0s).instant;
    PullSupervisor supervisor;
    base::Duration wait{};  ///< the last that was announced

  private:
    void note() {
        while (auto event = supervisor.next_event()) {
            if (const auto* begin = std::get_if<BeginPull>(&*event)) {
                said_.push_back("begin " + std::to_string(begin->address));
            } else if (const auto* drop = std::get_if<DropPull>(&*event)) {
                said_.emplace_back(drop->ends_stream ? "end" : "drop");
            } else {
                const auto& changed = std::get<PullChanged>(*event);
                if (changed.state == PullState::waiting) wait = changed.wait;
                said_.emplace_back(name(changed.state));
            }
        }
    }
    std::vector<std::string> said_;
};

TEST(PullSupervisor, a_source_that_is_always_wanted_is_fetched_at_once) {
    Pulled pulled({});
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
    pulled.run();
    EXPECT_THAT(pulled.said(), ElementsAre("running"));
    pulled.pass(1h, 1s);
    EXPECT_THAT(pulled.said(), IsEmpty()) << "nobody has to watch it";
}

TEST(PullSupervisor, a_lost_source_is_tried_again_soon) {
    Pulled pulled({});
    pulled.run();
    pulled.pass(1min);
    (void)pulled.said();
    pulled.fail(ErrorKind::closed);
    EXPECT_THAT(pulled.said(), ElementsAre("waiting"));
    EXPECT_LE(pulled.until_begin(), 1s + 1ms);
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
}

TEST(PullSupervisor, waits_grow_up_to_the_longest_and_are_never_nothing) {
    for (std::uint32_t seed = 1; seed < 50; ++seed) {
        Pulled pulled({}, seed);
        base::Duration most{};
        for (int attempt = 0; attempt < 20; ++attempt) {
            pulled.fail();
            const base::Duration ceiling = std::min<base::Duration>(1s * (1 << std::min(attempt, 5)), 30s);
            EXPECT_LE(pulled.wait, ceiling);
            EXPECT_GE(pulled.wait, 100ms);
            most = std::max(most, pulled.wait);
            pulled.until_begin();
        }
        EXPECT_GT(most, 5s) << "it goes on knocking at the door";
    }
}

TEST(PullSupervisor, jitter_keeps_many_sources_of_one_server_apart) {
    std::set<base::Duration> waits;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        Pulled pulled({}, seed);
        for (int i = 0; i < 5; ++i) pulled.fail(), pulled.until_begin();
        waits.insert(pulled.wait);
    }
    EXPECT_GT(waits.size(), 15U);
}

TEST(PullSupervisor, after_a_good_run_the_waits_begin_anew) {
    Pulled pulled({});
    for (int i = 0; i < 10; ++i) pulled.fail(), pulled.until_begin();
    pulled.run();
    pulled.pass(11s);
    pulled.fail();
    EXPECT_LE(pulled.wait, 1s);
}

TEST(PullSupervisor, a_source_that_comes_and_goes_at_once_is_not_hammered) {
    Pulled pulled({});
    base::Duration waited{};
    for (int i = 0; i < 20; ++i) {
        pulled.run();
        pulled.pass(100ms);
        pulled.fail();
        waited += pulled.until_begin();
    }
    EXPECT_GT(waited, 1min);
}

TEST(PullSupervisor, addresses_are_tried_in_turn_and_only_a_whole_round_is_waited_for) {
    Pulled pulled({.addresses = 3});
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
    pulled.fail();
    EXPECT_THAT(pulled.said(), ElementsAre("waiting", "begin 1", "connecting"));
    pulled.fail();
    EXPECT_THAT(pulled.said(), ElementsAre("waiting", "begin 2", "connecting"));
    pulled.fail();
    EXPECT_THAT(pulled.said(), ElementsAre("waiting"));
    pulled.until_begin();
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
}

TEST(PullSupervisor, what_ran_is_tried_first_when_it_is_lost) {
    Pulled pulled({.addresses = 2});
    pulled.fail();
    pulled.run();
    (void)pulled.said();
    pulled.fail();
    pulled.until_begin();
    EXPECT_THAT(pulled.said(), ElementsAre("waiting", "begin 1", "connecting"));
    pulled.fail();
    EXPECT_THAT(pulled.said(), ElementsAre("waiting", "begin 0", "connecting")) << "the other one may be there";
}

TEST(PullSupervisor, an_attempt_that_hangs_is_given_up) {
    Pulled pulled({.addresses = 2});
    (void)pulled.said();
    pulled.pass(14s);
    EXPECT_THAT(pulled.said(), IsEmpty());
    pulled.pass(2s);
    EXPECT_THAT(pulled.said(), ElementsAre("drop", "waiting", "begin 1", "connecting"));
}

TEST(PullSupervisor, on_demand_it_starts_with_the_first_viewer_and_stops_some_time_after_the_last) {
    Pulled pulled({.on_demand = true, .idle = 30s});
    pulled.pass(1min);
    EXPECT_THAT(pulled.said(), IsEmpty());
    pulled.supervisor.wanted(pulled.now);
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
    pulled.run();
    for (int i = 0; i < 120; ++i) {
        pulled.supervisor.watched(1, pulled.now);
        pulled.pass(1s);
    }
    EXPECT_THAT(pulled.said(), ElementsAre("running"));
    for (int i = 0; i < 28; ++i) {
        pulled.supervisor.watched(0, pulled.now);
        pulled.pass(1s);
    }
    EXPECT_THAT(pulled.said(), IsEmpty()) << "somebody may come back";
    pulled.pass(3s);
    EXPECT_THAT(pulled.said(), ElementsAre("end", "idle"));
    pulled.supervisor.wanted(pulled.now);
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
}

TEST(PullSupervisor, on_demand_nobody_is_left_waiting_for_a_source_that_nobody_wants_any_more) {
    Pulled pulled({.on_demand = true, .idle = 2s});
    pulled.supervisor.wanted(pulled.now);
    pulled.run();
    pulled.pass(1500ms);
    (void)pulled.said();
    pulled.fail();
    pulled.pass(5s);
    const auto said = pulled.said();
    ASSERT_GE(said.size(), 3U);
    EXPECT_EQ(said.back(), "idle");
    EXPECT_EQ(said[said.size() - 2], "end");
    pulled.pass(1min);
    EXPECT_THAT(pulled.said(), IsEmpty());
}

TEST(PullSupervisor, a_pause_holds_whoever_asks) {
    Pulled pulled({.on_demand = true});
    pulled.supervisor.wanted(pulled.now);
    pulled.run();
    (void)pulled.said();
    pulled.supervisor.pause("an operator paused it", pulled.now);
    EXPECT_THAT(pulled.said(), ElementsAre("drop", "idle"));
    pulled.supervisor.wanted(pulled.now);
    pulled.pass(1min);
    EXPECT_THAT(pulled.said(), IsEmpty());
    pulled.supervisor.wanted(pulled.now);
    pulled.supervisor.resume(pulled.now);
    EXPECT_THAT(pulled.said(), ElementsAre("begin 0", "connecting"));
}

TEST(PullSupervisor, words_that_come_too_late_change_nothing) {
    Pulled pulled({.on_demand = true});
    pulled.fail();
    pulled.run();
    EXPECT_THAT(pulled.said(), IsEmpty());
    EXPECT_EQ(pulled.supervisor.state(), PullState::idle);
}

}  // namespace
}  // namespace weir::stream::test

#include "stream/lifecycle.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

constexpr State states[] = {State::fresh,    State::starting, State::running, State::recovering,
                            State::stopping, State::stopped,  State::error,   State::failed};
constexpr Happening happenings[] = {Happening::publisher_came, Happening::media_came,       Happening::publisher_lost,
                                    Happening::hold_over,      Happening::stop_requested,   Happening::drained,
                                    Happening::fault,          Happening::budget_exhausted, Happening::paused};

// The table, as a person reads it: rows are states, columns happenings in the order above, "-" is illegal.
const std::map<State, std::vector<std::string>> expected{
    {State::fresh, {"starting", "-", "-", "-", "stopping", "-", "-", "-", "-"}},
    {State::starting, {"-", "running", "recovering", "-", "stopping", "-", "error", "-", "recovering"}},
    {State::running, {"-", "-", "recovering", "-", "stopping", "-", "error", "-", "recovering"}},
    {State::recovering,
     {"recovering", "running", "recovering", "stopping", "stopping", "-", "error", "failed", "recovering"}},
    {State::stopping, {"-", "-", "-", "-", "-", "stopped", "-", "-", "-"}},
    {State::stopped, {"-", "-", "-", "-", "-", "-", "-", "-", "-"}},
    {State::error, {"-", "-", "recovering", "-", "stopping", "-", "-", "-", "-"}},
    {State::failed, {"-", "-", "-", "-", "-", "-", "-", "-", "-"}},
};

TEST(Lifecycle, every_state_answers_every_happening_as_the_table_says) {
    for (const State state : states)
        for (std::size_t i = 0; i < std::size(happenings); ++i) {
            const Step step = next(state, happenings[i]);
            const std::string& want = expected.at(state)[i];
            EXPECT_EQ(step.legal, want != "-") << name(state) << " + " << name(happenings[i]);
            EXPECT_EQ(name(step.next), want == "-" ? name(state) : want) << name(state) << " + " << name(happenings[i]);
        }
}

TEST(Lifecycle, a_stream_can_be_stopped_in_any_state_that_is_not_over) {
    for (const State state : states)
        EXPECT_EQ(next(state, Happening::stop_requested).legal, !is_over(state)) << name(state);
}

TEST(Lifecycle, every_state_can_be_reached_and_is_named_as_in_the_api) {
    std::set<State> reached{State::fresh};
    for (std::size_t before = 0; before != reached.size();) {
        before = reached.size();
        for (const State state : std::set(reached))
            for (const Happening happening : happenings) reached.insert(next(state, happening).next);
    }
    std::set<std::string_view> names;
    for (const State state : reached) names.insert(name(state));
    EXPECT_EQ(names, (std::set<std::string_view>{"new", "starting", "running", "recovering", "stopping", "stopped",
                                                 "error", "failed"}));
}

TEST(ErrorBudget, is_spent_by_faults_that_come_close_together_and_refills_with_time) {
    ErrorBudget budget(3, 60s);
    EXPECT_TRUE(budget.spend(at(0s).instant));
    EXPECT_TRUE(budget.spend(at(1s).instant));
    EXPECT_TRUE(budget.spend(at(2s).instant));
    EXPECT_FALSE(budget.spend(at(3s).instant));
    EXPECT_FALSE(budget.spend(at(59s).instant));
    EXPECT_TRUE(budget.spend(at(60s).instant)) << "the first fault is a minute ago";
    EXPECT_FALSE(budget.spend(at(60s).instant));
    EXPECT_TRUE(budget.spend(at(1000s).instant));
}

TEST(Backoff, doubles_up_to_its_longest_and_jitters_over_the_whole_range) {
    Backoff backoff(1s, 10s);
    for (const auto ceiling : {1s, 2s, 4s, 8s, 10s, 10s, 10s}) EXPECT_EQ(backoff.next(0.5), ceiling / 2.0);
    EXPECT_EQ(backoff.next(0), 0s);
    backoff.reset();
    EXPECT_EQ(backoff.next(0.5), 500ms);
}

TEST(Backoff, stays_at_its_longest_for_ever) {
    Backoff backoff(1ms, 1h);
    for (int i = 0; i < 10'000; ++i) EXPECT_LE(backoff.next(0.999), 1h);
    EXPECT_EQ(backoff.next(0.5), 30min);
}

}  // namespace
}  // namespace weir::stream::test

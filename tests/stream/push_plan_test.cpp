#include "stream/push_plan.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

/// A plan, and the stream that it is for.
struct Desk {
    PushPlan plan{{}, at(0s)};
    PushSource source{.is_playable = true, .reason = {}, .tracks = both()};

    bool look(base::Duration when) { return plan.look(source, at(when)); }
    void end(PushEnd end, base::Duration when, double random = 0.5) {
        plan.ended(end, "the connection was lost", at(when), random);
    }
};

TEST(PushPlan, a_target_is_reached_as_soon_as_the_stream_can_be_played) {
    Desk desk;
    desk.source = {.is_playable = false, .reason = "the stream is not live", .tracks = nullptr};
    EXPECT_FALSE(desk.look(0s));
    EXPECT_EQ(desk.plan.state(), PushState::waiting);
    EXPECT_EQ(desk.plan.reason(), "the stream is not live");
    desk.source = {.is_playable = true, .reason = {}, .tracks = both()};
    EXPECT_TRUE(desk.look(60s));
    EXPECT_EQ(desk.plan.state(), PushState::connecting);
    EXPECT_FALSE(desk.look(61s)) << "one attempt at a time";
    desk.plan.runs(at(61s));
    EXPECT_EQ(desk.plan.state(), PushState::running);
    EXPECT_EQ(desk.plan.attempts(), 1U);
}

TEST(PushPlan, pauses_double_up_to_the_longest_and_are_random) {
    Desk desk;
    base::Duration now = 0s;
    for (const base::Duration pause : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 15'000ms, 15'000ms}) {
        ASSERT_TRUE(desk.look(now));
        desk.end(PushEnd::transient, now);
        EXPECT_EQ(desk.plan.state(), PushState::waiting);
        EXPECT_EQ(desk.plan.reason(), "the connection was lost");
        EXPECT_EQ(desk.plan.until_next(at(now).instant), pause);
        EXPECT_FALSE(desk.look(now + pause - 1ms));
        now += pause;
    }
}

TEST(PushPlan, a_target_that_closes_at_once_is_not_asked_again_in_the_same_moment) {
    Desk desk;
    ASSERT_TRUE(desk.look(0s));
    desk.end(PushEnd::drained, 0s, 0);
    EXPECT_FALSE(desk.look(100ms));
    EXPECT_TRUE(desk.look(250ms));
}

TEST(PushPlan, who_says_no_is_left_alone_for_longer) {
    Desk desk;
    ASSERT_TRUE(desk.look(0s));
    desk.end(PushEnd::refused, 0s);
    EXPECT_FALSE(desk.look(4s));
    EXPECT_TRUE(desk.look(5s));
}

TEST(PushPlan, a_target_that_ran_for_a_while_is_asked_soon_again) {
    Desk desk;
    base::Duration now = 0s;
    for (int i = 0; i < 8; ++i) {
        now += desk.plan.until_next(at(now).instant);
        ASSERT_TRUE(desk.look(now));
        desk.end(PushEnd::transient, now);
    }
    now += desk.plan.until_next(at(now).instant);
    ASSERT_TRUE(desk.look(now));
    desk.plan.runs(at(now));
    desk.end(PushEnd::transient, now + 10s);
    EXPECT_EQ(desk.plan.until_next(at(now + 10s).instant), 500ms);
}

TEST(PushPlan, what_cannot_work_is_tried_again_with_other_tracks_only) {
    Desk desk;
    ASSERT_TRUE(desk.look(0s));
    desk.end(PushEnd::impossible, 1s);
    EXPECT_EQ(desk.plan.state(), PushState::failed);
    EXPECT_FALSE(desk.look(1h));
    desk.source.tracks = both(640);
    EXPECT_TRUE(desk.look(2h));
}

TEST(PushPlan, an_address_is_shown_without_its_keys) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"rtmp://host/live/secret", "rtmp://host/live/…"},
        {"rtmps://user:word@host:443/app/key?token=t", "rtmps://host:443/app/…"},
        {"srt://host:8890?streamid=publish:live/x&passphrase=p", "srt://host:8890…"},
        {"rtsp://[::1]:8554/live/x", "rtsp://[::1]:8554/live/…"},
        {"rtmp://host", "rtmp://host"},
        {"rtmp://host/live", "rtmp://host/live"},
        {"secret", "…"},
    };
    for (const auto& [url, shown] : cases) EXPECT_EQ(shown_address(url), shown) << url;
}

}  // namespace
}  // namespace weir::stream::test

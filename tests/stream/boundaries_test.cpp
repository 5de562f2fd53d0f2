#include "stream/boundaries.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

/// Feeds a track at its own pace in real time; returns when segments started, in milliseconds.
std::vector<std::int64_t> boundaries_of(Boundaries& boundaries, std::int64_t until, std::int64_t frame,
                                        std::int64_t keyframe_every, double speed = 1) {
    std::vector<std::int64_t> result;
    for (std::int64_t t = 0; t < until; t += frame) {
        media::Packet packet = video(t, t % keyframe_every == 0);
        packet.duration = ms(frame);
        const auto now =
            at(std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(t) * 1000 / speed))).instant;
        const bool starts = t == 0;
        if (boundaries.decide(packet, media::video_track_id, starts, now)) result.push_back(t);
    }
    return result;
}

TEST(Boundaries, are_the_first_keyframe_at_least_a_segment_after_the_last) {
    Boundaries boundaries(6s, at(0s).instant);
    EXPECT_EQ(boundaries_of(boundaries, 30'000, 40, 4000), (std::vector<std::int64_t>{0, 8000, 16'000, 24'000}));
}

TEST(Boundaries, milliseconds_that_fall_short_by_a_rounding_do_not_make_a_segment_longer) {
    Boundaries boundaries(6s, at(0s).instant);
    media::Packet packet = key(0);
    EXPECT_TRUE(boundaries.decide(packet, 1, true, at(0s).instant));
    packet.pts = packet.dts = ms(5999);
    EXPECT_TRUE(boundaries.decide(packet, 1, false, at(6s).instant));
    packet.pts = packet.dts = ms(5999 + 5970);
    EXPECT_FALSE(boundaries.decide(packet, 1, false, at(12s).instant));
}

TEST(Boundaries, sequence_numbers_do_not_overtake_the_clock_when_a_source_runs_fast) {
    Boundaries boundaries(1s, at(0s).instant);
    // Ten times as fast as real time: 60 keyframes, one a second of stream time, in six seconds.
    EXPECT_EQ(boundaries_of(boundaries, 60'000, 40, 1000, 10).size(), 6U);
}

TEST(Boundaries, a_start_needs_a_second_of_its_own_and_saved_seconds_can_be_spent) {
    Boundaries boundaries(6s, at(0s).instant);
    EXPECT_TRUE(boundaries.may_begin(at(0s).instant));
    EXPECT_TRUE(boundaries.decide(key(0), 1, true, at(0s).instant));
    EXPECT_FALSE(boundaries.may_begin(at(999ms).instant));
    EXPECT_TRUE(boundaries.may_begin(at(1s).instant));
    for (int i = 1; i <= 3; ++i) {
        EXPECT_TRUE(boundaries.may_begin(at(3500ms).instant));
        EXPECT_TRUE(boundaries.decide(key(i * 100), 1, true, at(3500ms).instant));
    }
    EXPECT_FALSE(boundaries.may_begin(at(3500ms).instant));
}

TEST(Boundaries, sound_alone_starts_a_segment_with_the_first_frame_that_is_due) {
    Boundaries boundaries(1s, at(0s).instant);
    std::vector<std::int64_t> found;
    for (std::int64_t t = 0; t < 4000; t += 23) {
        media::Packet packet = audio(t);
        packet.duration = ms(23);
        if (boundaries.decide(packet, 2, t == 0, at(std::chrono::milliseconds(t)).instant)) found.push_back(t);
    }
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[1], 1012);
}

TEST(Boundaries, sound_beside_a_picture_starts_none) {
    Boundaries boundaries(1s, at(0s).instant);
    EXPECT_TRUE(boundaries.decide(key(0), 1, true, at(0s).instant));
    EXPECT_TRUE(boundaries.decide(key(1990), 1, false, at(2s).instant));
    EXPECT_FALSE(boundaries.decide(audio(2985), 1, false, at(3s).instant));
}

TEST(Boundaries, a_camera_that_stops_sending_does_not_stop_the_segments_of_the_sound) {
    Boundaries boundaries(2s, at(0s).instant);
    EXPECT_TRUE(boundaries.decide(key(0), 1, true, at(0s).instant));
    std::size_t segments = 0;
    for (int t = 20; t < 20'000; t += 20)
        segments += boundaries.decide(audio(t), 1, false, at(std::chrono::milliseconds(t)).instant);
    EXPECT_EQ(segments, 9U);
}

// A row: how far apart the source's keyframes are while there are encoders, and what comes of it.
struct Distance {
    const char* what;
    std::int64_t keyframe_every;
    std::int64_t longest;  ///< what players have been told; 0: nothing yet
    std::vector<std::int64_t> segments;
    bool source_leads;
};

TEST(Boundaries, encoders_lead_only_where_the_keyframes_of_the_source_are_too_far_apart) {
    const Distance rows[] = {
        {"as advised", 2000, 6000, {0, 6000, 12'000, 18'000, 24'000}, true},
        {"as long as a segment", 6000, 6000, {0, 6000, 12'000, 18'000, 24'000}, true},
        {"that make a segment longer", 4000, 0, {0, 8000, 16'000, 24'000}, true},
        {"as players were told", 4000, 8000, {0, 8000, 16'000, 24'000}, true},
        {"longer than players were told", 4000, 6000, {0, 6000, 12'000, 18'000, 24'000}, false},
        {"longer than a segment", 10'000, 0, {0, 6040, 12'040, 18'040, 24'040}, false},
        {"only one", 100'000, 0, {0, 6040, 12'040, 18'040, 24'040}, false},
    };
    for (const Distance& row : rows) {
        Boundaries boundaries(6s, at(0s).instant);
        boundaries.set_encoders(true);
        boundaries.set_longest(ms(row.longest));
        EXPECT_EQ(boundaries_of(boundaries, 29'000, 40, row.keyframe_every), row.segments) << row.what;
        EXPECT_EQ(boundaries.source_leads(), row.source_leads) << row.what;
    }
}

TEST(Boundaries, without_encoders_the_source_leads_however_rare_its_keyframes) {
    Boundaries boundaries(6s, at(0s).instant);
    boundaries.set_longest(ms(6000));
    EXPECT_EQ(boundaries_of(boundaries, 30'000, 40, 10'000), (std::vector<std::int64_t>{0, 10'000, 20'000}));
    EXPECT_TRUE(boundaries.source_leads());
}

TEST(Boundaries, the_source_leads_again_when_it_begins_anew_or_the_encoders_are_gone) {
    for (const bool begins_anew : {true, false}) {
        Boundaries boundaries(6s, at(0s).instant);
        boundaries.set_encoders(true);
        (void)boundaries_of(boundaries, 10'000, 40, 100'000);
        ASSERT_FALSE(boundaries.source_leads());
        EXPECT_NEAR(boundaries.keyframe_distance().to_seconds(), 6, 0.1);
        if (begins_anew) EXPECT_TRUE(boundaries.decide(key(10'000), 1, true, at(10s).instant));
        else boundaries.set_encoders(false);
        EXPECT_TRUE(boundaries.source_leads());
        if (!begins_anew) EXPECT_FALSE(boundaries.decide(video(20'000), 1, false, at(20s).instant));
    }
}

TEST(Boundaries, a_keyframe_that_the_clock_does_not_let_through_costs_the_source_nothing) {
    Boundaries boundaries(1s, at(0s).instant);
    boundaries.set_encoders(true);
    boundaries.set_longest(ms(1000));
    // A little early each time: the second has not elapsed when the keyframe is there.
    for (std::int64_t t = 0; t < 10'000; t += 40)
        (void)boundaries.decide(video(t, t % 1000 == 0), 1, t == 0, at(std::chrono::milliseconds(t) - 10ms).instant);
    EXPECT_TRUE(boundaries.source_leads());
}

TEST(Boundaries, encoders_do_not_overtake_the_clock_either) {
    Boundaries boundaries(1s, at(0s).instant);
    boundaries.set_encoders(true);
    EXPECT_EQ(boundaries_of(boundaries, 60'000, 40, 100'000, 10).size(), 6U);
}

}  // namespace
}  // namespace weir::stream::test

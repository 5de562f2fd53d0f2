#include "package/lane.hpp"

#include "package/voice.hpp"
#include "source.hpp"

#include <gtest/gtest.h>

namespace weir::package::test {
namespace {

media::PacketRef picture(Ticks at, Ticks duration, bool is_keyframe) {
    media::Packet packet{.track = media::video_track_id,
                         .dts = at,
                         .pts = at,
                         .duration = duration,
                         .keyframe = is_keyframe,
                         .payload = video_payload(100, is_keyframe)};
    return std::make_shared<const media::Packet>(std::move(packet));
}

media::PacketRef picture(std::int64_t frame, bool is_keyframe) {
    return picture(Ticks::from(frame, 25), Ticks::from(1, 25), is_keyframe);
}

/// A lane whose first segment is open.
Lane begun(Ticks part_target) {
    Lane lane(media::Kind::video);
    lane.set_part_target(part_target);
    EXPECT_TRUE(lane.follow(Shape{}.tracks()));
    lane.begin({.sequence = 1, .discontinuity_sequence = 0, .discontinuity = false, .at = {}, .from = {}, .wall = {}},
               Ticks());
    return lane;
}

/// What is shown of a segment of one second whose only keyframe is picture number `keyframe`.
stream::SegmentRef segment_with(std::int64_t keyframe) {
    Lane lane = begun(Ticks::milliseconds(500));
    for (std::int64_t frame = 0; frame <= 25; ++frame) lane.add(picture(frame, frame == keyframe));
    EXPECT_TRUE(lane.show([](Ticks) { return true; }));
    return lane.shown_open();
}

// RFC 8216bis 4.4.4.9: INDEPENDENT says that a part contains an independent frame, wherever in it.
TEST(Lane, ASegmentThatIsCutBeforeItsKeyframeIsNotIndependentThoughItsPartHasAnIndependentFrame) {
    EXPECT_TRUE(segment_with(0)->parts.front().independent);
    EXPECT_TRUE(segment_with(0)->is_independent());
    EXPECT_TRUE(segment_with(3)->parts.front().independent);
    EXPECT_FALSE(segment_with(3)->is_independent());
    EXPECT_FALSE(segment_with(20)->parts.front().independent);
    EXPECT_FALSE(segment_with(20)->is_independent());
}

// RFC 8216bis 4.4.4.9: a part lasts 85 % of the target at least. An encoder that has too much to do leaves pictures out.
TEST(Lane, PartsFillTheirTargetThoughPicturesComeMoreSeldomThanItWasChosenFor) {
    const Ticks target = Ticks::milliseconds(500);
    for (const std::int64_t rate : {3, 5, 7, 9, 12}) {
        Lane lane = begun(target);
        Ticks at;
        Ticks duration = Ticks::from(1, 30);
        for (; at < Ticks::from(7, 10); at += duration) lane.add(picture(at, duration, at == Ticks()));
        for (duration = Ticks::from(1, rate); at < Ticks::from(5, 1); at += duration)
            lane.add(picture(at, duration, false));
        lane.show([](Ticks) { return true; });
        const stream::SegmentRef shown = lane.shown_open();
        ASSERT_GE(shown->parts.size(), 8U) << rate;
        for (const stream::Part& part : shown->parts) {
            EXPECT_GE(part.duration * 100, target * 85) << rate;
            EXPECT_LE(part.duration, target) << rate;
        }
    }
}

// RFC 8216bis 4.4.3.1: EXTINF, rounded, is no more than TARGETDURATION. Behind the media of the first nothing comes for a moment; the other
// has some up to a boundary that is late for it, as sound has that began a little before its own.
TEST(Lane, NoSegmentIsLongerThanAny) {
    for (const auto& [frames, pause] : {std::pair{59, 450}, std::pair{63, 0}}) {
        Lane lane = begun(Ticks::milliseconds(480));
        lane.set_longest(Ticks::from(2, 1));
        for (std::int64_t frame = 0; frame < frames; ++frame) lane.add(picture(frame, frame % 50 == 0));
        const Ticks boundary = Ticks::from(frames, 25);
        const Ticks next = boundary + Ticks::milliseconds(pause);
        lane.cross({.sequence = 2,
                    .discontinuity_sequence = 0,
                    .discontinuity = false,
                    .at = boundary,
                    .from = {},
                    .wall = {}},
                   next);
        lane.add(picture(next, Ticks::from(1, 25), true));
        const stream::SegmentRef closed = lane.take_oldest();
        EXPECT_FALSE(closed->gap);
        EXPECT_LT(closed->duration, Ticks::milliseconds(2500)) << frames;
        EXPECT_EQ(lane.start(), closed->start + closed->duration);
    }
}

// A part that is taken to reach up to the boundary is told, and the next segment hinted at; then one more picture comes before that.
TEST(Voice, APictureBeforeABoundaryUpToWhichPartsWereToldIsLeftOut) {
    const Ticks frame = Ticks::from(1, 30);
    Numbering numbers(100);
    for (const int at : {0, 2}) {
        const base::WallTime wall(std::chrono::seconds(102 + at));
        ASSERT_NE(numbers.open(Ticks::from(at, 1), wall, Break::continuous), Numbering::Outcome::refused);
    }
    Voice voice(Rendition{.name = "360p", .kind = media::Kind::video, .bitrate = 0, .place = 1000},
                Voice::Origin::rung);
    voice.lane.set_part_target(Ticks::milliseconds(500));
    ASSERT_TRUE(voice.lane.follow(Shape{}.tracks()));
    for (std::int64_t number = 0; number < 60; ++number) {
        const bool seems_long = number == 57 || number == 58;
        voice.take(picture(Ticks::from(number, 30), seems_long ? frame * 2 : frame, number == 0), numbers, 1U << 20);
        voice.horizon = Ticks::from(number, 30);
    }
    voice.take(picture(Ticks::from(2, 1), frame, true), numbers, 1U << 20);
    const stream::SegmentRef closed = voice.lane.take_oldest();
    ASSERT_EQ(closed->parts.size(), 4U);
    EXPECT_EQ(closed->duration, Ticks::from(2, 1));
    EXPECT_FALSE(closed->gap);
}

}  // namespace
}  // namespace weir::package::test

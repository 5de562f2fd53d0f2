#include "package/lane.hpp"

#include "source.hpp"

#include <gtest/gtest.h>

namespace weir::package::test {
namespace {

media::PacketRef picture(std::int64_t frame, bool is_keyframe) {
    media::Packet packet{.track = media::video_track_id,
                         .dts = Ticks::from(frame, 25),
                         .pts = Ticks::from(frame, 25),
                         .duration = Ticks::from(1, 25),
                         .keyframe = is_keyframe,
                         .payload = video_payload(100, is_keyframe)};
    return std::make_shared<const media::Packet>(std::move(packet));
}

/// What is shown of a segment of one second whose only keyframe is picture number `keyframe`.
stream::SegmentRef segment_with(std::int64_t keyframe) {
    Lane lane(media::Kind::video);
    lane.set_part_target(Ticks::milliseconds(500));
    EXPECT_TRUE(lane.follow(Shape{}.tracks()));
    lane.begin({.sequence = 1, .discontinuity_sequence = 0, .discontinuity = false, .at = {}, .from = {}, .wall = {}},
               Ticks());
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

}  // namespace
}  // namespace weir::package::test

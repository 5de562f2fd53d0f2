#include "stream/held_group.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

Item item(media::Packet packet, const media::TrackSetRef& tracks = both()) { return {std::move(packet), tracks}; }

std::string held(const HeldGroup& group) {
    std::string text;
    for (const HeldGroup::Held& one : group.all())
        text += (one.item.packet.track == media::audio_track_id ? "a"
                 : one.item.packet.keyframe                     ? "V"
                                                                : "v") +
                std::to_string(one.item.packet.dts.to_milliseconds());
    return text;
}

TEST(HeldGroup, is_what_came_since_the_newest_keyframe) {
    HeldGroup group({});
    group.put(item(video(0)), at(0s));
    group.put(item(audio(20)), at(20ms));
    EXPECT_FALSE(group.is_ready()) << "nobody can begin here";
    group.put(item(key(40)), at(40ms));
    EXPECT_TRUE(group.is_ready());
    EXPECT_TRUE(group.is_at_keyframe());
    group.put(item(audio(60)), at(60ms));
    EXPECT_FALSE(group.is_at_keyframe());
    group.put(item(video(80)), at(80ms));
    EXPECT_EQ(held(group), "V40a60v80");
    group.put(item(key(1000, 100)), at(1s));
    group.put(item(key(2000, 200)), at(2s));
    EXPECT_EQ(group.bytes(), 200U);
    EXPECT_EQ(held(group), "V2000");
}

TEST(HeldGroup, of_sound_alone_is_its_newest_frame) {
    HeldGroup group({});
    group.put(item(audio(0), audio_only()), at(0s));
    group.put(item(audio(20), audio_only()), at(20ms));
    EXPECT_TRUE(group.is_at_keyframe());
    EXPECT_EQ(held(group), "a20");
}

TEST(HeldGroup, that_grows_too_large_or_too_old_is_let_go_until_the_next_keyframe) {
    HeldGroup group({.held_bytes = base::ByteCount(4000), .held_time = 3s});
    group.put(item(key(0, 3000)), at(0s));
    group.put(item(video(40, false, 1000)), at(40ms));
    EXPECT_FALSE(group.is_ready());
    EXPECT_EQ(group.dropped(), 1U);
    group.put(item(video(80)), at(80ms));
    EXPECT_FALSE(group.is_ready()) << "what follows is of no use without the keyframe";
    group.put(item(key(1000)), at(1s));
    group.put(item(video(3960)), at(3960ms));
    EXPECT_TRUE(group.is_ready());
    group.put(item(video(4040)), at(4040ms));
    EXPECT_FALSE(group.is_ready());
    EXPECT_EQ(group.dropped(), 2U);
}

TEST(HeldGroup, counts_as_memory_of_media) {
    const std::size_t before = base::media_bytes();
    {
        HeldGroup group({});
        for (int t = 0; t < 1000; t += 40) group.put(item(video(t, t == 0, 1000)), at(0s));
        EXPECT_GT(base::media_bytes(), before + 25 * (1000 + sizeof(Item)));
    }
    EXPECT_EQ(base::media_bytes(), before);
}

}  // namespace
}  // namespace weir::stream::test

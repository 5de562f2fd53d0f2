#include "stream/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class IntakeTest : public testing::Test {
  protected:
    void send(std::uint32_t track, std::uint64_t wire_time, base::Duration now, Ticks offset = {}) {
        ASSERT_TRUE(intake.receive({.track = track,
                                    .wire_time = wire_time,
                                    .composition_offset = offset,
                                    .keyframe = track == video_id,
                                    .payload = base::Bytes::copy_of("x")},
                                   at(now).instant));
    }
    /// "v0 a23": the kind, and dts from the start of the publication.
    std::vector<std::string> take() {
        std::vector<std::string> result;
        for (const Item& item : intake.take()) {
            last = item;
            result.push_back((item.packet.track == video_id ? "v" : "a") +
                             std::to_string((item.packet.dts - WireTime::origin).to_milliseconds()));
        }
        return result;
    }

    static constexpr std::uint32_t video_id = media::video_track_id;
    static constexpr std::uint32_t audio_id = media::audio_track_id;
    Intake intake{Intake::Limits{}};
    Item last;
};

TEST_F(IntakeTest, media_flows_at_once_when_both_kinds_are_announced) {
    intake.announce(video_track(), {}, at(0s).instant);
    intake.announce(audio_track(), {}, at(0s).instant);
    send(video_id, 0, 0s);
    EXPECT_THAT(take(), ElementsAre("v0"));
    EXPECT_EQ(last.tracks->tracks.size(), 2U);
    EXPECT_TRUE(last.packet.keyframe);
}

TEST_F(IntakeTest, early_media_waits_for_the_other_kind_and_comes_out_sorted) {
    intake.announce(video_track(), {}, at(0s).instant);
    send(video_id, 0, 0s);
    send(video_id, 40, 40ms);
    EXPECT_THAT(take(), IsEmpty());
    intake.announce(audio_track(), {}, at(60ms).instant);
    send(audio_id, 5, 60ms);
    EXPECT_THAT(take(), ElementsAre("v0", "v40", "a5"));
    EXPECT_EQ(last.tracks->tracks.size(), 2U);
}

TEST_F(IntakeTest, sound_alone_starts_after_a_second_and_so_does_a_picture_alone) {
    intake.announce(audio_track(), {}, at(0s).instant);
    for (int i = 0; i < 47; ++i) send(audio_id, static_cast<std::uint64_t>(i * 64 / 3), i * 21ms);
    EXPECT_THAT(take(), IsEmpty());
    intake.tick(at(1s).instant);
    EXPECT_EQ(take().size(), 47U);
    EXPECT_EQ(last.tracks->tracks.size(), 1U);
}

TEST_F(IntakeTest, a_track_that_comes_late_is_a_new_set_in_order_with_the_packets) {
    intake.announce(video_track(), {}, at(0s).instant);
    send(video_id, 0, 0s);
    send(video_id, 2000, 2s);
    (void)take();
    const media::TrackSetRef first = last.tracks;
    intake.announce(audio_track(), {}, at(2s).instant);
    send(audio_id, 2000, 2s);
    EXPECT_THAT(take(), ElementsAre("a2000"));
    EXPECT_EQ(first->tracks.size(), 1U);
    EXPECT_EQ(last.tracks->tracks.size(), 2U);
}

TEST_F(IntakeTest, new_parameters_are_a_new_set_and_repeated_ones_are_not) {
    intake.announce(video_track(), {}, at(0s).instant);
    intake.announce(audio_track(), {}, at(0s).instant);
    send(video_id, 0, 0s);
    (void)take();
    const media::TrackSetRef first = last.tracks;
    intake.announce(video_track(), {}, at(0s).instant);
    send(video_id, 40, 40ms);
    (void)take();
    EXPECT_EQ(last.tracks, first);
    intake.announce(video_track(640), {}, at(0s).instant);
    send(video_id, 80, 80ms);
    (void)take();
    EXPECT_NE(last.tracks, first);
    EXPECT_EQ(last.tracks->first(media::Kind::video)->width, 640U);
}

TEST_F(IntakeTest, what_waits_keeps_the_parameters_that_it_was_coded_with) {
    intake.announce(video_track(), {}, at(0s).instant);
    send(video_id, 0, 0s);
    intake.announce(video_track(640), {}, at(40ms).instant);
    send(video_id, 40, 40ms);
    const std::vector<Item> items = intake.take();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].tracks->tracks[0].width, 1280U);
    EXPECT_EQ(items[1].tracks->tracks[0].width, 640U);
}

TEST_F(IntakeTest, a_source_that_fills_the_wait_is_not_waited_for) {
    Intake small({.waiting_bytes = base::ByteCount(10'000)});
    small.announce(video_track(), {}, at(0s).instant);
    for (std::uint64_t i = 0; i < 20; ++i)
        ASSERT_TRUE(small.receive({.track = video_id,
                                   .wire_time = i * 40,
                                   .composition_offset = {},
                                   .keyframe = true,
                                   .payload = base::Bytes::copy_of(std::string(1000, 'x'))},
                                  at(0s).instant));
    EXPECT_EQ(small.take().size(), 20U);
}

TEST_F(IntakeTest, media_of_a_track_that_never_announced_itself_is_refused) {
    intake.announce(audio_track(), {}, at(0s).instant);
    const auto refused = intake.receive(
        {.track = video_id, .wire_time = 0, .composition_offset = {}, .payload = base::Bytes::copy_of("x")},
        at(0s).instant);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::malformed);
}

TEST_F(IntakeTest, no_more_tracks_than_the_limit) {
    for (std::uint32_t id = 1; id <= 20; ++id) {
        media::Track track = video_track();
        track.id = id;
        intake.announce(track, {}, at(0s).instant);
    }
    EXPECT_FALSE(intake.receive(
        {.track = 20, .wire_time = 0, .composition_offset = {}, .payload = base::Bytes::copy_of("x")}, at(0s).instant));
    EXPECT_TRUE(intake.receive(
        {.track = 8, .wire_time = 0, .composition_offset = {}, .payload = base::Bytes::copy_of("x")}, at(0s).instant));
}

TEST_F(IntakeTest, absurd_composition_offsets_are_not_believed) {
    intake.announce(video_track(), {}, at(0s).instant);
    intake.announce(audio_track(), {}, at(0s).instant);
    send(video_id, 0, 0s, ms(-8'000'000));
    (void)take();
    EXPECT_EQ(last.packet.pts, last.packet.dts);
    send(video_id, 40, 0s, ms(8'000'000));
    (void)take();
    EXPECT_EQ(last.packet.pts, last.packet.dts);
    send(video_id, 80, 0s, ms(120));
    (void)take();
    EXPECT_EQ(last.packet.pts - last.packet.dts, ms(120));
    EXPECT_THAT(intake.take_remarks(), testing::SizeIs(2));
    EXPECT_THAT(intake.take_remarks(), IsEmpty());
}

TEST_F(IntakeTest, durations_are_known_from_the_first_frame_of_sound_and_the_second_picture) {
    intake.announce(video_track(), {}, at(0s).instant);
    intake.announce(audio_track(44'100), {}, at(0s).instant);
    send(audio_id, 0, 0s);
    (void)take();
    EXPECT_EQ(last.packet.duration, Ticks::from(1024, 44'100));
    send(video_id, 0, 0s);
    send(video_id, 40, 0s);
    (void)take();
    EXPECT_EQ(last.packet.duration, ms(40));
}

}  // namespace
}  // namespace weir::stream::test

#include "stream/splice.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

class SpliceTest : public testing::Test {
  protected:
    /// "V80", "a100", with "!" before a discontinuity and "|" before a start; "-" for nothing.
    std::string map(media::Packet packet, bool may_start = true) {
        const auto spliced = splice.map({.packet = std::move(packet), .tracks = tracks}, may_start);
        if (!spliced) return "-";
        const media::Packet& p = spliced->packet;
        last = *spliced;
        return std::string(spliced->starts ? "|" : "") + (p.discontinuity ? "!" : "") +
               (p.track == media::audio_track_id ? "a"
                : p.keyframe                     ? "V"
                                                 : "v") +
               std::to_string(p.dts.to_milliseconds());
    }

    Splice splice;
    media::TrackSetRef tracks = both();
    Spliced last;
};

TEST_F(SpliceTest, a_stream_starts_at_its_first_keyframe_and_at_time_zero) {
    EXPECT_EQ(map(audio(5000)), "-");
    EXPECT_EQ(map(video(5010)), "-");
    EXPECT_EQ(map(key(5050)), "|V0");
    EXPECT_EQ(map(audio(5040)), "-") << "sound from before the first picture";
    EXPECT_EQ(map(audio(5060)), "a10");
    EXPECT_EQ(map(video(5090)), "v40");
}

TEST_F(SpliceTest, a_returning_publisher_goes_on_one_frame_after_the_end_whatever_its_clock_says) {
    EXPECT_EQ(map(key(0)), "|V0");
    EXPECT_EQ(map(audio(20)), "a20");
    EXPECT_EQ(map(video(40)), "v40");  // ends at 80
    splice.begin();
    EXPECT_EQ(map(audio(700'000)), "-");
    EXPECT_EQ(map(video(700'010)), "-");
    EXPECT_EQ(map(key(700'050)), "|!V120");
    EXPECT_EQ(map(audio(700'050)), "!a120");
    EXPECT_EQ(map(audio(700'070)), "a140");
    EXPECT_EQ(map(video(700'090)), "v160");
}

TEST_F(SpliceTest, pictures_that_are_shown_later_than_decoded_do_not_overlap_the_next_publication) {
    media::Packet late = key(0);
    late.pts = ms(80);
    EXPECT_EQ(map(late), "|V0");
    media::Packet reordered = video(40);
    reordered.pts = ms(120);
    EXPECT_EQ(map(reordered), "v40");  // shown until 160
    splice.begin();
    EXPECT_EQ(map(key(0)), "|!V200");
}

TEST_F(SpliceTest, a_picture_before_its_decoding_time_does_not_go_below_zero) {
    media::Packet early = key(1000);
    early.pts = ms(960);
    EXPECT_EQ(map(early), "|V40");
    EXPECT_EQ(last.packet.pts, ms(0));
}

TEST_F(SpliceTest, waits_while_no_segment_may_start) {
    EXPECT_EQ(map(key(0)), "|V0");
    splice.begin();
    EXPECT_EQ(map(key(0), false), "-");
    EXPECT_EQ(map(video(40), false), "-");
    EXPECT_EQ(map(video(80)), "-");
    EXPECT_EQ(map(key(120)), "|!V80");
}

TEST_F(SpliceTest, another_size_starts_anew_at_its_keyframe_while_the_sound_goes_on) {
    EXPECT_EQ(map(key(0)), "|V0");
    EXPECT_EQ(map(audio(20)), "a20");
    const auto old = tracks;
    tracks = both(640);
    EXPECT_EQ(map(video(40)), "-") << "a decoder of the old size cannot show it";
    EXPECT_EQ(map(audio(40)), "a40");
    EXPECT_EQ(last.tracks, old);
    EXPECT_EQ(map(key(80)), "|!V80") << "the same publication: time goes on as it was";
    EXPECT_EQ(last.tracks, tracks);
    EXPECT_EQ(map(audio(60)), "a60") << "sound of before the change, a little late";
    EXPECT_EQ(map(audio(80)), "!a80");
}

TEST_F(SpliceTest, sound_that_comes_late_joins_at_the_next_keyframe_without_a_pause_of_the_picture) {
    tracks = std::make_shared<media::TrackSet>(std::vector{video_track()});
    EXPECT_EQ(map(key(0)), "|V0");
    tracks = both();
    EXPECT_EQ(map(audio(30)), "-");
    EXPECT_EQ(map(video(40)), "v40");
    EXPECT_EQ(last.tracks->tracks.size(), 1U);
    EXPECT_EQ(map(key(80)), "|!V80");
    EXPECT_EQ(map(audio(90)), "!a90");
    EXPECT_EQ(last.tracks->tracks.size(), 2U);
}

TEST_F(SpliceTest, what_decoders_do_not_care_about_is_no_new_start) {
    EXPECT_EQ(map(key(0)), "|V0");
    auto described = std::make_shared<media::TrackSet>(*tracks);
    described->tracks[0].announced_bitrate = 2'500'000;
    tracks = described;
    EXPECT_EQ(map(video(40)), "v40");
    EXPECT_EQ(last.tracks, tracks);
}

TEST_F(SpliceTest, sound_alone_starts_at_once) {
    tracks = audio_only();
    EXPECT_EQ(map(audio(500)), "|a0");
    EXPECT_EQ(map(audio(520)), "a20");
    splice.begin();
    EXPECT_EQ(map(audio(0)), "|!a60");
}

TEST_F(SpliceTest, a_camera_that_is_announced_and_sends_nothing_does_not_silence_the_sound) {
    for (int t = 0; t <= 5000; t += 20) EXPECT_EQ(map(audio(t)), "-") << t;
    EXPECT_EQ(map(audio(5020)), "|a0");
    EXPECT_EQ(map(audio(5040)), "a20");
    EXPECT_EQ(map(video(5050)), "-");
    EXPECT_EQ(map(key(5090)), "|!V70") << "when it comes after all, it leads";
    EXPECT_EQ(map(audio(5060)), "a40");
    EXPECT_EQ(map(audio(5100)), "!a80");
}

TEST_F(SpliceTest, decoding_times_never_repeat) {
    EXPECT_EQ(map(key(0)), "|V0");
    EXPECT_EQ(map(video(0)), "-");
    EXPECT_EQ(map(video(40)), "v40");
    EXPECT_EQ(map(video(30)), "-");
    EXPECT_EQ(map(video(41)), "v41");
}

TEST_F(SpliceTest, a_track_nobody_announced_is_not_shown) {
    EXPECT_EQ(map(key(0)), "|V0");
    media::Packet stranger = audio(40);
    stranger.track = 9;
    EXPECT_EQ(map(stranger), "-");
}

TEST_F(SpliceTest, says_how_long_it_has_waited_for_a_keyframe) {
    (void)map(video(1000));
    (void)map(video(9000));
    EXPECT_EQ(splice.waited(), ms(8000));
    (void)map(key(9040));
    EXPECT_EQ(splice.waited(), ms(0));
}

}  // namespace
}  // namespace weir::stream::test

#include "stream/rung.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

/// A rung whose rendition can be read as text: "V0 a20 v40", with "<width,rate>" where the tracks change.
class RungTest : public testing::Test, private RenditionReader {
  protected:
    explicit RungTest(Rung::Limits limits = {}) : rung({.name = "180p", .width = 320, .height = 180}, {}, limits) {
        rung.rendition().attach(*this);
    }
    ~RungTest() override { rung.rendition().detach(*this); }

    void picture(std::int64_t dts, bool keyframe = false) { write(video(dts, keyframe, 10)); }
    void write(media::Packet packet) { rung.write(shared(std::move(packet)), small, at(0s).instant); }
    void sound(std::int64_t dts, const media::TrackSetRef& tracks) { rung.hear(shared(audio(dts)), tracks); }
    void sound(std::int64_t dts) { sound(dts, loud); }
    std::string take() { return std::exchange(text, {}); }

    Rung rung;
    const media::TrackSetRef small = std::make_shared<media::TrackSet>(std::vector{video_track(320)});
    const media::TrackSetRef loud = both();
    std::vector<Entry> entries;

  private:
    void read(const Entry& entry) override {
        if (entry.tracks != tracks_) {
            tracks_ = entry.tracks;
            text += "<";
            for (const media::Track& track : tracks_->tracks)
                text += std::to_string(track.id == media::video_track_id ? track.width : track.sample_rate) + ",";
            text.back() = '>';
        }
        const media::Packet& packet = *entry.packet;
        text += packet.track == media::audio_track_id ? "a" : packet.keyframe ? "V" : "v";
        text += std::to_string(packet.dts.to_milliseconds()) + " ";
        entries.push_back(entry);
    }

    std::string text;
    media::TrackSetRef tracks_;
};

TEST_F(RungTest, sound_waits_until_the_picture_has_come_as_far) {
    for (const int t : {0, 20, 40, 60, 80, 100, 120}) sound(t);
    EXPECT_EQ(take(), "");
    picture(0, true);
    EXPECT_EQ(take(), "<320,48000>a0 V0 ");
    picture(40);
    picture(80);
    EXPECT_EQ(take(), "a20 a40 v40 a60 a80 v80 ");
}

TEST_F(RungTest, a_picture_does_not_wait_for_late_sound) {
    sound(0);
    picture(0, true);
    picture(40);
    sound(20);
    picture(80);
    sound(40);
    EXPECT_EQ(take(), "<320,48000>a0 V0 v40 a20 v80 a40 ");
}

TEST_F(RungTest, a_picture_without_sound_has_its_own_track_alone) {
    picture(0, true);
    picture(40);
    EXPECT_EQ(take(), "<320>V0 v40 ");
}

TEST_F(RungTest, sound_that_is_known_of_is_announced_with_the_first_picture) {
    rung.set_sound(loud);
    picture(0, true);
    sound(20);
    picture(40);
    EXPECT_EQ(take(), "<320,48000>V0 a20 v40 ");
    rung.set_sound(small);
    picture(80);
    EXPECT_EQ(take(), "<320>v80 ") << "the source has lost it";
}

TEST_F(RungTest, other_sound_is_announced_before_its_first_packet) {
    const auto other = std::make_shared<media::TrackSet>(std::vector{video_track(), audio_track(44100)});
    sound(0);
    picture(0, true);
    sound(20);
    sound(40, other);
    picture(40);
    EXPECT_EQ(take(), "<320,48000>a0 V0 a20 <320,44100>a40 v40 ");
}

TEST_F(RungTest, after_an_interruption_it_goes_on_at_a_later_keyframe_and_old_sound_is_skipped) {
    for (int t = 0; t < 120; t += 40) picture(t, t == 0);
    for (int t = 0; t < 400; t += 20) sound(t);
    (void)take();
    rung.interrupt();
    EXPECT_FALSE(rung.end());
    sound(400);
    // The next worker begins with what the last one had made in part.
    picture(40, true);
    picture(80);
    picture(120);
    picture(160);
    EXPECT_EQ(take(), "") << "a decoder cannot go on there";
    picture(360, true);
    EXPECT_EQ(take(), "a360 V360 ");
    EXPECT_EQ(rung.end(), ms(400));
    picture(400);
    EXPECT_EQ(take(), "a380 a400 v400 ");
    EXPECT_EQ(rung.counts().sound_dropped, 0U);
}

TEST_F(RungTest, times_that_go_back_interrupt_it) {
    picture(0, true);
    picture(40);
    picture(40);
    picture(80);
    EXPECT_EQ(take(), "<320>V0 v40 ") << "a frame is missing from here on";
    picture(120, true);
    EXPECT_EQ(take(), "V120 ");
}

TEST_F(RungTest, viewers_join_at_its_own_keyframes) {
    sound(0);
    picture(0, true);
    sound(20);
    picture(40);
    picture(80, true);
    std::vector<bool> joins;
    for (const Entry& entry : entries) joins.push_back(entry.join);
    EXPECT_EQ(joins, (std::vector{false, true, false, false, true}));
}

TEST_F(RungTest, what_it_makes_is_counted) {
    picture(0, true);
    picture(40);
    sound(0);
    EXPECT_EQ(rung.counts().frames, 2U);
    EXPECT_EQ(rung.counts().bytes, 20U);
    EXPECT_EQ(rung.bits_per_second(at(1s).instant), 160U);
}

TEST_F(RungTest, the_last_sound_comes_out_at_the_end) {
    picture(0, true);
    sound(20);
    sound(40);
    rung.finish();
    EXPECT_EQ(take(), "<320>V0 <320,48000>a20 a40 ");
}

class StuckRungTest : public RungTest {
  protected:
    StuckRungTest() : RungTest({.waiting_bytes = base::ByteCount(1U << 20), .waiting_time = 1s}) {}
};

TEST_F(StuckRungTest, sound_without_a_picture_is_bounded_and_counted) {
    picture(0, true);
    for (int t = 20; t <= 5000; t += 20) sound(t);
    EXPECT_EQ(rung.counts().sound_dropped, 199U) << "but for one second";
    (void)take();
    picture(4040);
    EXPECT_EQ(take(), "<320,48000>a4000 a4020 a4040 v4040 ");
}

TEST_F(StuckRungTest, what_goes_while_it_is_interrupted_is_missed_by_nobody) {
    for (int t = 20; t <= 5000; t += 20) sound(t);
    EXPECT_EQ(rung.counts().sound_dropped, 0U);
    picture(4980, true);
    EXPECT_EQ(take(), "<320,48000>a4980 V4980 ");
}

TEST_F(StuckRungTest, large_sound_is_bounded_by_its_bytes) {
    picture(0, true);
    for (int t = 20; t <= 500; t += 20) rung.hear(shared(audio(t, 100'000)), loud);
    EXPECT_EQ(rung.counts().sound_dropped, 15U);
}

TEST(SoundRung, is_its_own_packets) {
    Rung rung({.name = "stereo", .kind = media::Kind::audio}, {}, {});
    for (int t = 0; t < 100; t += 20) rung.write(shared(audio(t)), audio_only(), at(0s).instant);
    EXPECT_EQ(rung.rendition().held().size(), 5U);
    EXPECT_TRUE(rung.rendition().held().front().join);
    EXPECT_EQ(rung.end(), ms(100));
}

}  // namespace
}  // namespace weir::stream::test

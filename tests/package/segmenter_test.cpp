#include "package/segmenter.hpp"

#include "rig.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace weir::package::test {
namespace {

using testing::ElementsAre;

TEST(Segmenter, SegmentsStartAtTheBoundariesOfTheStream) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(25));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_THAT(sequences(rig.list("source")), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(durations(rig.list("source")), ElementsAre(6, 6, 6, 6));
    EXPECT_THAT(sequences(rig.list("audio")), ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(rig.segmenter.index()->target_duration, seconds(6));
    EXPECT_EQ(rig.segmenter.index()->epoch, epoch);
    EXPECT_FALSE(rig.segmenter.index()->ended);
}

TEST(Segmenter, AudioSegmentsStartWithTheFirstFrameAtOrAfterTheBoundary) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(25));
    const auto& audio = rig.list("audio").listed;
    const auto& video = rig.list("source").listed;
    ASSERT_EQ(audio.size(), video.size());
    for (std::size_t i = 0; i < audio.size(); ++i) {
        const auto frames = samples(*audio[i]);
        EXPECT_GE(frames.front().pts, video[i]->start);
        EXPECT_LT(frames.front().pts, video[i]->start + Ticks::from(1024, 48'000));
        EXPECT_EQ(frames.front().pts, audio[i]->start);
        if (i + 1 < audio.size()) {
            EXPECT_LT(frames.back().pts, video[i + 1]->start);
        }
    }
}

TEST(Segmenter, PicturesKeepTheirTimesAndSegmentsBeginWhereTheySay) {
    Shape shape{.frame_units = 1001, .frame_scale = 30'000, .reordered = true};
    Rig rig;
    Source source(shape, seconds(100));
    Source same(shape, seconds(100));
    rig.run(source, seconds(140));
    EXPECT_EQ(rig.validator.broken(), "");
    Ticks end = rig.list("source").listed.front()->start;
    for (const auto& segment : rig.list("source").listed) {
        const auto found = samples(*segment);
        EXPECT_EQ(found.front().dts, segment->start);
        EXPECT_EQ(std::ranges::min(found, {}, &media::Packet::pts).pts, segment->start);
        EXPECT_EQ(segment->start, end);
        end = segment->start + segment->duration;
        for (const media::Packet& sample : found) {
            stream::Entry original = same.next();
            while (original.packet->track != media::video_track_id) original = same.next();
            ASSERT_EQ(sample.pts, original.packet->pts);
            ASSERT_EQ(sample.keyframe, original.packet->keyframe);
            ASSERT_EQ(sample.payload, original.packet->payload);
        }
    }
}

TEST(Segmenter, PartsAreNoLongerThanConfiguredAndFillTheirSegment) {
    Rig rig;
    Source source({.reordered = true}, Ticks());
    rig.run(source, seconds(13));
    for (const char* name : {"source", "audio"})
        for (const auto& segment : rig.list(name).listed) {
            Ticks total;
            std::size_t size = 0;
            for (const auto& part : segment->parts) {
                EXPECT_LE(part.duration, Ticks::milliseconds(500));
                total += part.duration;
                size += part.size;
            }
            EXPECT_EQ(total, segment->duration);
            EXPECT_EQ(size, segment->size);
            EXPECT_GE(segment->parts.size(), 12U);
            EXPECT_LE(segment->parts.size(), 13U);
        }
}

TEST(Segmenter, TheWindowMovesAndWhatLeftItStaysForAWhile) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(300));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.list("source").listed.size(), 10U);
    EXPECT_EQ(rig.list("source").lingering.size(),
              13U);  // its 6 s and the 66 s and a part of the playlist that held it
}

TEST(Segmenter, TenHoursNeedAsMuchMemoryAsTenMinutesAndLoseNoTime) {
    config::StreamOptions options;
    options.window = 30s;
    options.part = 2s;
    Shape shape{.frame_units = 1001, .frame_scale = 5000, .gop = 10, .reordered = true};
    shape.sample_rate = 8000;
    shape.video_bytes = 64;
    shape.audio_bytes = 16;
    Rig rig(options);
    Source source(shape, Ticks());
    rig.run(source, seconds(600));
    EXPECT_EQ(rig.validator.broken(), "");
    rig.validator = {};
    rig.is_watched = false;  // a player that checks everything takes longer than the rest
    // How much there is depends on how full the open segment is: the most of a period is what can be compared.
    const auto most_until = [&](Ticks end) {
        std::size_t most = 0;
        while (source.position() < end) {
            rig.write(source.next());
            most = std::max(most, base::slab_bytes());
        }
        return most;
    };
    const std::size_t first_hour = most_until(seconds(3600));
    const std::size_t later_hours = most_until(seconds(36'000));
    EXPECT_LE(later_hours, first_hour + first_hour / 100);
    const auto& last = *rig.list("source").listed.back();
    const auto pictures = samples(last);
    EXPECT_EQ(pictures.front().pts.count() % Ticks::from(1001, 5000).count(), 0);
    EXPECT_LE(last.sequence, epoch + 36'000);
    const auto sounds = samples(*rig.list("audio").listed.back());
    EXPECT_EQ(sounds.front().pts.count() % Ticks::from(1024, 8000).count(), 0);
}

TEST(Segmenter, AudioAloneIsAStream) {
    Rig rig;
    Source source({.video = false}, Ticks());
    rig.run(source, seconds(25));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->renditions.size(), 1U);
    EXPECT_THAT(sequences(rig.list("audio")), ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(shape_of(rig.list("audio")), "iiii");
}

TEST(Segmenter, VideoAloneIsAStream) {
    Rig rig;
    Source source({.audio = false}, Ticks());
    rig.run(source, seconds(25));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->renditions.size(), 1U);
    EXPECT_THAT(durations(rig.list("source")), ElementsAre(6, 6, 6, 6));
}

TEST(Segmenter, TheEndClosesTheLastSegmentAndThePlaylist) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(14.5));
    rig.end();
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_TRUE(rig.segmenter.index()->ended);
    EXPECT_THAT(durations(rig.list("source")), ElementsAre(6, 6, 2.5));
    const auto& audio = *rig.list("audio").listed.back();
    EXPECT_NEAR((audio.start + audio.duration).to_seconds(), 14.5, 0.022);
}

TEST(Segmenter, AShortStreamHasItsOneSegment) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(1.5));
    EXPECT_EQ(rig.segmenter.index(), nullptr);
    rig.end();
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_THAT(durations(rig.list("source")), ElementsAre(1.5));
    EXPECT_EQ(rig.segmenter.index()->target_duration, seconds(6));
    EXPECT_GT(rig.list("source").peak_bitrate, 0U);
}

TEST(Segmenter, AStreamWithoutASinglePacketHasNoPlaylist) {
    Rig rig;
    rig.end();
    EXPECT_EQ(rig.segmenter.index(), nullptr);
}

TEST(Segmenter, ShorteningKeepsThreeTargetDurations) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(100));
    rig.segmenter.shorten();
    EXPECT_EQ(rig.list("source").listed.size(), 3U);
    EXPECT_TRUE(rig.list("source").lingering.empty());
    rig.run(source, seconds(200));
    EXPECT_EQ(rig.list("source").listed.size(), 3U);
}

// RFC 8216 6.2.2: what is listed, and what was for its duration and that of the longest playlist that held it.
TEST(Segmenter, ItsMemoryIsWhatPlayersMayStillAskFor) {
    Rig rig;
    rig.is_watched = false;
    Source source({.audio = false, .video_bytes = 6000}, Ticks());
    const std::size_t before = base::slab_bytes();
    rig.run(source, seconds(400));
    std::size_t due = 0;
    const stream::SegmentList& list = rig.list("source");
    for (const auto* segments : {&list.listed, &list.lingering})
        for (const auto& segment : *segments) due += segment->size;
    EXPECT_GT(list.lingering.size(), list.listed.size() - 2);
    EXPECT_LE(static_cast<double>(base::slab_bytes() - before), 1.1 * static_cast<double>(due));
}

TEST(Segmenter, ManyBytesShortenTheWindow) {
    Rig rig({}, {.window_bytes = 1 << 20});
    Source source({.video_bytes = 2000}, Ticks());
    for (int i = 1; i < 60; ++i) {
        rig.run(source, seconds(5.0 * i));
        EXPECT_LE(base::slab_bytes(), 2U << 20);
    }
    EXPECT_EQ(rig.list("source").listed.size(), 3U);
}

}  // namespace
}  // namespace weir::package::test

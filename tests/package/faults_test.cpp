// What sources do to segments: they pause, change, fall silent, and forget their keyframes.
#include "package/segmenter.hpp"

#include "rig.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace weir::package::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SegmenterFaults, AReturningPublisherContinuesThePlaylistsBehindADiscontinuity) {
    Rig rig;
    Source first({.reordered = true}, Ticks());
    rig.run(first, seconds(15));
    rig.pause = 10s;
    Source second({.reordered = true}, seconds(15), true);
    rig.run(second, seconds(34));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(shape_of(rig.list("source")), "iii|iii");
    EXPECT_EQ(shape_of(rig.list("audio")), "iii|iii");
    EXPECT_THAT(sequences(rig.list("source")), ElementsAre(0, 1, 2, 3, 4, 5));
    const auto& listed = rig.list("source").listed;
    EXPECT_EQ(listed[3]->init, listed[2]->init);
    EXPECT_NEAR(listed[2]->duration.to_seconds(), 3, 0.001);
    EXPECT_NEAR(std::chrono::duration<double>(listed[3]->wall - listed[2]->wall).count(), 13, 0.1);
    EXPECT_EQ(listed[3]->discontinuity_sequence, listed[2]->discontinuity_sequence + 1);
}

TEST(SegmenterFaults, SoundThatOutlastsThePictureOfALostPublisherMakesNoSegmentLongerThanPromised) {
    Rig rig({.segment = 2s});
    const Shape shape{.gop = 30, .segment = seconds(2)};
    Source first(shape, Ticks());
    rig.run(first, seconds(9));
    first.mute_video = true;
    rig.run(first, seconds(10.9));
    Source second(shape, seconds(10.9), true);
    rig.run(second, seconds(20));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->target_duration, seconds(2));
    for (const double duration : durations(rig.list("audio"))) EXPECT_LT(duration, 2.5);
    EXPECT_EQ(shape_of(rig.list("source")), shape_of(rig.list("audio")));
}

// However long the picture is away, with its sound for a while or not, and whether what returns is announced as another source.
TEST(SegmenterFaults, APictureThatIsAwayMakesNoSegmentLongerThanPromised) {
    for (double sound_ends = 9; sound_ends < 14; sound_ends += 0.5)
        for (double returns = sound_ends; returns < sound_ends + 4; returns += 0.5)
            for (const bool is_another : {false, true}) {
                SCOPED_TRACE(fmt::format("{} {} {}", sound_ends, returns, is_another));
                Rig rig({.segment = 2s});
                const Shape shape{.gop = 30, .segment = seconds(2)};
                Source first(shape, Ticks());
                rig.run(first, seconds(8.6));
                first.mute_video = true;
                rig.run(first, seconds(sound_ends));
                rig.pause = std::chrono::milliseconds(std::lround((returns - sound_ends) * 1000));
                Source second(shape, seconds(returns), is_another);
                rig.run(second, seconds(20));
                EXPECT_EQ(rig.validator.broken(), "");
                for (const char* name : {"source", "audio"})
                    for (const double duration : durations(rig.list(name))) EXPECT_LT(duration, 2.5) << name;
            }
}

// The sound's segment begins where the one before ends.
TEST(SegmenterFaults, SoundThatIsMissingBeforeABoundaryMakesNoSegmentLongerThanPromised) {
    for (const double sound_ends : {9.6, 9.7, 9.8, 9.9})
        for (double picture_ends = 10.1; picture_ends < 12.2; picture_ends += 0.2) {
            SCOPED_TRACE(fmt::format("{} {}", sound_ends, picture_ends));
            Rig rig({.segment = 2s});
            Source source({.gop = 30, .segment = seconds(2)}, Ticks());
            rig.run(source, seconds(sound_ends));
            source.mute_audio = true;
            rig.run(source, seconds(10.02));
            source.mute_audio = false;
            rig.run(source, seconds(picture_ends));
            source.mute_video = true;
            rig.run(source, seconds(picture_ends + 3));
            source.mute_video = false;
            rig.run(source, seconds(20));
            EXPECT_EQ(rig.validator.broken(), "");
            for (const char* name : {"source", "audio"})
                for (const double duration : durations(rig.list(name))) EXPECT_LT(duration, 2.5) << name;
        }
}

// The picture returns for a moment, and its sound does not.
TEST(SegmenterFaults, SoundThatIsMissingForLongMakesNoGapLongerThanPromised) {
    Rig rig({.segment = 2s});
    const Shape shape{.gop = 30, .segment = seconds(2)};
    Source first(shape, Ticks());
    rig.run(first, seconds(9));
    Source second(shape, seconds(9), true);
    second.mute_audio = true;
    rig.run(second, seconds(9.1));
    Source third(shape, seconds(13.5));
    third.mute_audio = true;
    rig.run(third, seconds(20));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_GE(rig.list("audio").listed.size(), 7U);
    for (const double duration : durations(rig.list("audio"))) EXPECT_LT(duration, 2.5);
}

TEST(SegmenterFaults, AnotherSizeIsAnotherInitSegmentBehindADiscontinuity) {
    Rig rig;
    Source first({}, Ticks());
    rig.run(first, seconds(15));
    Source second({.width = 640}, seconds(15), true);
    rig.run(second, seconds(28));
    EXPECT_EQ(rig.validator.broken(), "");
    const auto& listed = rig.list("source").listed;
    ASSERT_EQ(shape_of(rig.list("source")), "iii|ii");
    EXPECT_NE(listed[3]->init->hash, listed[2]->init->hash);
    EXPECT_EQ(listed[3]->init->track.width, 640U);
    EXPECT_EQ(rig.list("audio").listed[3]->init, rig.list("audio").listed[2]->init);
    EXPECT_EQ(samples(*listed[3]).size(), 180U);
}

TEST(SegmenterFaults, AChangeOfParametersWithinAPublicationBreaksWhereItIs) {
    Rig rig;
    Source first({}, Ticks());
    rig.run(first, seconds(8));
    Source second({.width = 640}, seconds(8));
    rig.run(second, seconds(21));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(shape_of(rig.list("source")), "ii|ii");
    EXPECT_EQ(shape_of(rig.list("audio")), "ii|ii");
    EXPECT_THAT(durations(rig.list("source")), ElementsAre(6, 2, 6, 6));
}

TEST(SegmenterFaults, AFrameRateThatBecomesKnownChangesNothing) {
    Rig rig;
    Shape unknown;
    Source first(unknown, Ticks());
    rig.run(first, seconds(8));
    Source second({.frame_units = 1001, .frame_scale = 30'000}, seconds(8));
    rig.run(second, seconds(21));
    EXPECT_EQ(shape_of(rig.list("source")), "iiii");
    EXPECT_NEAR(rig.list("source").track.frame_rate, 29.97, 0.01);
}

TEST(SegmenterFaults, NumbersNeverOvertakeTheClockHoweverOftenAPublisherReturns) {
    Rig rig;
    Ticks at;
    for (int i = 0; i < 40; ++i) {
        Source source({.gop = 6}, at, i != 0);
        rig.run(source, at + seconds(0.2));
        at += seconds(0.2);
        if (rig.segmenter.index() == nullptr) continue;
        for (const auto& segment : rig.list("source").listed)
            EXPECT_LE(base::WallTime(std::chrono::seconds(segment->sequence)), segment->wall + 500ms);
    }
    rig.end();
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_LE(rig.list("source").listed.back()->sequence, epoch + 8);
    EXPECT_GE(rig.list("source").listed.size(), 7U);
}

TEST(SegmenterFaults, KeyframesTooFarApartAreCutBeforeTargetdurationBecomesUntrue) {
    Rig rig;
    Source first({}, Ticks());
    rig.run(first, seconds(12));
    EXPECT_THAT(rig.remarks, IsEmpty());
    Source second({.gop = 600, .reordered = true}, seconds(12), true);
    rig.run(second, seconds(75));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->target_duration, seconds(6));
    EXPECT_THAT(shape_of(rig.list("source")), HasSubstr("i---i---"));
    for (const auto& segment : rig.list("audio").listed) EXPECT_TRUE(segment->is_independent());
    EXPECT_EQ(rig.remarks.size(), 1U);
    EXPECT_THAT(rig.remarks.front(), HasSubstr("keyframe"));
    EXPECT_THAT(hls::media_playlist(*rig.segmenter.index(), rig.list("source")),
                testing::Not(HasSubstr("INDEPENDENT-SEGMENTS")));
}

TEST(SegmenterFaults, CutSegmentsHoldEveryPictureOnceAndInTime) {
    Rig rig;
    const Shape shape{.gop = 0, .reordered = true};
    Source source(shape, Ticks());
    rig.run(source, seconds(200));
    rig.end();
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->target_duration, seconds(30));  // the longest that a first segment may be
    const auto& listed = rig.list("source").listed;
    EXPECT_GE(listed.size(), 3U);
    Ticks end = listed.front()->start;
    for (const auto& segment : listed) {
        const auto pictures = samples(*segment);
        EXPECT_EQ(segment->start, end);
        EXPECT_EQ(pictures.front().dts, segment->start);
        EXPECT_EQ(std::ranges::min(pictures, {}, &media::Packet::pts).pts, segment->start);
        end += segment->duration;
    }
}

TEST(SegmenterFaults, TheFirstSegmentSetsTheTargetDuration) {
    Rig rig;
    Source source({.gop = 250}, Ticks());  // 8.33 s
    rig.run(source, seconds(60));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->target_duration, seconds(9));
    EXPECT_THAT(rig.remarks, IsEmpty());
    EXPECT_THAT(shape_of(rig.list("source")), testing::Not(HasSubstr("-")));
}

TEST(SegmenterFaults, SilentVideoHasGapsWhileAudioGoesOn) {
    config::StreamOptions options;
    options.window = 120s;
    Rig rig(options);
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    source.mute_video = true;
    rig.run(source, seconds(40));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(shape_of(rig.list("source")), "iigggg");  // the one in which it fell silent too
    EXPECT_EQ(shape_of(rig.list("audio")), "iiiiii");
    source.mute_video = false;
    rig.run(source, seconds(80));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_THAT(shape_of(rig.list("source")), testing::StartsWith("iigggg"));
    EXPECT_THAT(shape_of(rig.list("source")), testing::EndsWith("iii"));
    EXPECT_THAT(shape_of(rig.list("audio")), testing::Not(HasSubstr("g")));
    EXPECT_THAT(shape_of(rig.list("audio")), testing::Not(HasSubstr("|")));
}

TEST(SegmenterFaults, SilentAudioHoldsUpVideoOnce) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    source.mute_audio = true;
    rig.run(source, seconds(20.5));
    EXPECT_EQ(shape_of(rig.list("source")), "iii");  // two seconds of patience after 18 s
    rig.run(source, seconds(30.1));
    EXPECT_EQ(shape_of(rig.list("source")), "iiiii");  // and none for a track that had nothing in the segment before
    EXPECT_EQ(shape_of(rig.list("audio")), "iiggg");
    source.mute_audio = false;
    rig.run(source, seconds(40));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(shape_of(rig.list("audio")), "iigggi");
}

TEST(SegmenterFaults, SoundThatStartsLateJoinsTheNumbersOfThePicture) {
    Rig rig;
    Source first({.audio = false}, Ticks());
    rig.run(first, seconds(14));
    Source second({}, seconds(14));
    rig.run(second, seconds(30));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.list("audio").listed.front()->sequence, epoch + 3);
    EXPECT_EQ(rig.list("audio").listed.back()->sequence, rig.list("source").listed.back()->sequence);
    EXPECT_THAT(shape_of(rig.list("source")), testing::Not(HasSubstr("|")));
}

TEST(SegmenterFaults, APublisherWithoutVideoLeavesGapsUntilTheWindowHasForgottenIt) {
    Rig rig;
    Source first({}, Ticks());
    rig.run(first, seconds(14));
    Source second({.video = false}, seconds(14), true);
    rig.run(second, seconds(40));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_THAT(shape_of(rig.list("source")), testing::StartsWith("iii|gg"));
    EXPECT_THAT(shape_of(rig.list("audio")), testing::StartsWith("iii|ii"));
    rig.run(second, seconds(120));
    EXPECT_EQ(rig.segmenter.index()->find("source"), nullptr);
    EXPECT_EQ(rig.validator.broken(), "");
}

TEST(SegmenterFaults, AHoleInTheTimeLineThatEndsAtABoundaryIsADiscontinuity) {
    Rig rig;
    Source first({.audio = false}, Ticks());
    rig.run(first, seconds(13));
    Source second({.audio = false}, seconds(27));  // a frozen picture, and no flag
    rig.run(second, seconds(45));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(shape_of(rig.list("source")), "iii|ii");
    EXPECT_NEAR(rig.list("source").listed[2]->duration.to_seconds(), 1, 0.001);
}

TEST(SegmenterFaults, AStreamThatNeverHasAKeyframeClaimsNothing) {
    Rig rig;
    Source source({}, Ticks());
    while (source.position() < seconds(30)) {
        stream::Entry entry = source.next();
        media::Packet packet = *entry.packet;
        packet.keyframe = packet.track == media::audio_track_id;
        packet.segment_boundary = false;
        entry.packet = std::make_shared<media::Packet>(packet);
        rig.write(entry);
    }
    rig.end();
    EXPECT_EQ(rig.segmenter.index(), nullptr);
}

TEST(SegmenterFaults, ACodecThatCannotBePackagedIsSaidOnceAndLeftOut) {
    Rig rig;
    Source source({}, Ticks());
    auto tracks = std::make_shared<media::TrackSet>(*Shape{}.tracks());
    tracks->tracks.front().codec = media::Codec::vp9;
    tracks->tracks.front().config = {};  // nobody can say what a player needs
    while (source.position() < seconds(20)) {
        stream::Entry entry = source.next();
        entry.tracks = tracks;
        rig.write(entry);
    }
    rig.end();
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.remarks.size(), 1U);
    EXPECT_EQ(rig.segmenter.index()->renditions.size(), 1U);
    EXPECT_EQ(rig.list("audio").name, "audio");
}

}  // namespace
}  // namespace weir::package::test

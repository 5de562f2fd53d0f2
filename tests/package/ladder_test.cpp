// What players see of a source and its rungs: the same boundaries, numbers and discontinuities, whatever becomes of the worker.
#include "rungs.hpp"

#include <gmock/gmock.h>

namespace weir::package::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Rungs, SegmentsOfOneNumberBeginWithTheSamePictureInEveryRendition) {
    for (const bool is_reordered : {false, true}) {
        Ladder ladder(two_rungs());
        Source source({.frame_units = 1001, .frame_scale = 30'000, .reordered = is_reordered}, seconds(100));
        ladder.run(source, seconds(145));
        EXPECT_EQ(ladder.rig.validator.broken(), "");
        EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("source", "720p", "360p", "audio"));
        const auto expected = first_pictures(ladder.rig.list("source"));
        EXPECT_GE(expected.size(), 6U);
        for (const char* rung : {"720p", "360p"}) {
            EXPECT_EQ(first_pictures(ladder.rig.list(rung)), expected);
            EXPECT_EQ(durations(ladder.rig.list(rung)), durations(ladder.rig.list("source")));
            EXPECT_EQ(sequences(ladder.rig.list(rung)), sequences(ladder.rig.list("source")));
            expect_whole(ladder.rig.list(rung), 30'000.0 / 1001);
        }
    }
}

TEST(Rungs, ASegmentIsPublishedWhenTheSlowestHasIt) {
    Ladder ladder({{.delay = 30}});
    Source source({}, Ticks());
    ladder.run(source, seconds(12.9));
    EXPECT_EQ(ladder.rig.list("source").listed.size(), 1U);
    ladder.run(source, seconds(13.3));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "ii");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "ii");
}

TEST(Rungs, TheFirstIndexHasTheRungsThatCanHaveItsSegment) {
    config::StreamOptions options;
    options.segment = 1s;
    Ladder ladder({{.delay = 45}}, options);  // nothing of it is there when the first segment of the source ends
    Source source({.gop = 30, .segment = seconds(1)}, Ticks());
    while (ladder.rig.segmenter.index() == nullptr) ladder.write(source.next());
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("source", "360p", "audio"));
    EXPECT_LT(ladder.newest, seconds(3));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
}

TEST(Rungs, ARungOfWhichNothingEverComesHoldsUpNobodyForLong) {
    Ladder ladder({{.delay = 100'000}});
    Source source({}, Ticks());
    ladder.run(source, seconds(7.9));
    EXPECT_EQ(ladder.rig.segmenter.index(), nullptr);
    ladder.run(source, seconds(8.1));
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("source", "audio"));
    ladder.run(source, seconds(12.1));
    EXPECT_EQ(ladder.rig.list("source").listed.size(), 2U);  // and only once
}

TEST(Rungs, ARungThatComesLateTakesUpTheNumbersOfTheOthers) {
    Ladder ladder(two_rungs());
    ladder.back_at = seconds(20);
    Source source({.reordered = true}, Ticks());
    ladder.run(source, seconds(45));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(sequences(ladder.rig.list("source")), ElementsAre(0, 1, 2, 3, 4, 5, 6));
    EXPECT_THAT(sequences(ladder.rig.list("360p")), ElementsAre(4, 5, 6));
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iii");
    expect_whole(ladder.rig.list("360p"), 30);
}

TEST(Rungs, ThreeKillsOfTheWorkerWithinAMinuteLeaveGapsAndNothingElse) {
    config::StreamOptions options;
    options.window = 120s;
    Ladder ladder(two_rungs(), options);
    Source source({.reordered = true}, Ticks());
    for (const double at : {21.0, 38.5, 55.2}) {
        ladder.run(source, seconds(at));
        ladder.kill(seconds(1.5));
    }
    ladder.run(source, seconds(90));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iiiiiiiiiiiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("audio")), "iiiiiiiiiiiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iiigiigiigiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iiigiigiigiiii");
    expect_whole(ladder.rig.list("720p"), 30);
    const auto expected = first_pictures(ladder.rig.list("source"));
    for (const auto& [sequence, pts] : first_pictures(ladder.rig.list("720p"))) EXPECT_EQ(pts, expected.at(sequence));
    const std::string text = hls::media_playlist(*ladder.rig.segmenter.index(), ladder.rig.list("720p"));
    EXPECT_THAT(text, Not(HasSubstr("EXT-X-DISCONTINUITY\n")));
    EXPECT_THAT(text, HasSubstr("EXT-X-INDEPENDENT-SEGMENTS"));
    const auto& listed = ladder.rig.list("720p").listed;
    EXPECT_EQ(listed.front()->init, listed.back()->init);
}

TEST(Rungs, TheSourceDoesNotWaitForARungThatIsKnownToBeGone) {
    Ladder ladder(two_rungs());
    Source source({}, Ticks());
    ladder.run(source, seconds(15));
    ladder.kill(seconds(100));
    ladder.run(source, seconds(18.1));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iii");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iig");
}

TEST(Rungs, AWorkerThatHangsUntoldIsGivenUpAfterItsPatience) {
    Ladder ladder(two_rungs());
    Source source({}, Ticks());
    ladder.run(source, seconds(15));
    ladder.kill(seconds(14), false);
    ladder.run(source, seconds(19.9));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "ii");
    ladder.run(source, seconds(20.1));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iii");
    ladder.run(source, seconds(24.1));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iiii");  // nobody waits for it twice
    ladder.run(source, seconds(45));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iigggii");  // back at 29, whole from 30 on
}

TEST(Rungs, WhatComesTooLateIsDroppedAndTheRungIsBackAtTheNextBoundary) {
    Ladder ladder(two_rungs());
    Source source({.reordered = true}, Ticks());
    ladder.run(source, seconds(16));
    std::vector<stream::Entry> held;
    while (ladder.newest < seconds(21)) {
        const stream::Entry entry = source.next();
        ladder.newest = entry.packet->dts;
        ladder.rig.write(entry);
        held.push_back(entry);
    }
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iig");
    for (const stream::Entry& entry : held)
        for (std::size_t rung = 0; rung < 2; ++rung) {
            ladder.encoders[rung].receive(entry);
            for (const auto& made : ladder.encoders[rung].take()) ladder.rig.write_rung(rung, made);
        }
    ladder.run(source, seconds(31));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iigii");
    expect_whole(ladder.rig.list("360p"), 30);
}

TEST(Rungs, ARungThatIsShedLeavesItsPlaceAndReturnsToIt) {
    config::StreamOptions options;
    options.window = 120s;
    Ladder ladder(two_rungs(), options);
    Source source({.reordered = true}, Ticks());
    ladder.run(source, seconds(20));
    bool is_shed = true;
    ladder.is_lost = [&](std::size_t rung, const auto&) { return rung == 0 && is_shed; };
    ladder.interrupt(0);
    ladder.run(source, seconds(45));
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iiigggg");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iiiiiii");
    is_shed = false;
    ladder.encoders[0].start_over();
    ladder.encoders[0].mark_break();
    ladder.run(source, seconds(70));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iiigggggiii");
    EXPECT_EQ(sequences(ladder.rig.list("720p")), sequences(ladder.rig.list("source")));
}

TEST(Rungs, OneThatIsShedForLongIsNoVariantUntilItHasMediaAgain) {
    Ladder ladder(two_rungs());
    Source source({}, Ticks());
    ladder.run(source, seconds(20));
    bool is_shed = true;
    ladder.is_lost = [&](std::size_t rung, const auto&) { return rung == 0 && is_shed; };
    ladder.interrupt(0);
    ladder.run(source, seconds(100));
    EXPECT_THAT(hls::multivariant_playlist(*ladder.rig.segmenter.index()), Not(HasSubstr("720p/")));
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "gggggggggg");
    is_shed = false;
    ladder.run(source, seconds(114));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(hls::multivariant_playlist(*ladder.rig.segmenter.index()), HasSubstr("\n720p/index.m3u8"));
}

TEST(Rungs, PicturesLostWithoutAWordCostTheSegmentThatDoesNotBegin) {
    Ladder ladder(two_rungs());
    ladder.is_lost = [](std::size_t rung, const media::Packet& packet) {
        return rung == 1 && packet.pts >= seconds(17.9) && packet.pts < seconds(18.2);  // the keyframe among them
    };
    Source source({}, Ticks());
    ladder.run(source, seconds(37));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iiiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iiigii");
}

TEST(Rungs, AReturningPublisherIsOneDiscontinuityInEveryRendition) {
    Ladder ladder(two_rungs());
    Source first({.reordered = true}, Ticks());
    ladder.run(first, seconds(15));
    ladder.flush();
    ladder.rig.pause = 10s;
    Source second({.width = 640, .reordered = true}, seconds(15), true);
    ladder.run(second, seconds(35));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iii|iii");
    for (const char* rung : {"720p", "360p"}) {
        EXPECT_EQ(shape_of(ladder.rig.list(rung)), "iii|iii");
        EXPECT_EQ(ladder.rig.list(rung).listed.front()->init, ladder.rig.list(rung).listed.back()->init);
        expect_whole(ladder.rig.list(rung), 30);
    }
}

TEST(Rungs, ADiscontinuityWhileTheWorkerIsGoneIsInItsGaps) {
    Ladder ladder(two_rungs());
    Source first({.reordered = true}, Ticks());
    ladder.run(first, seconds(14));
    ladder.kill(seconds(12));
    ladder.run(first, seconds(15));
    ladder.rig.pause = 10s;
    Source second({.reordered = true}, seconds(15), true);
    ladder.run(second, seconds(47));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iii|iiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iig|ggiii");
    EXPECT_EQ(ladder.rig.list("360p").listed.back()->discontinuity_sequence,
              ladder.rig.list("source").listed.back()->discontinuity_sequence);
}

TEST(Rungs, PublishersThatReturnInHasteKeepEveryRuleInEveryRendition) {
    Ladder ladder(two_rungs());
    Ticks at;
    for (int i = 0; i < 60; ++i) {
        const Ticks length = seconds(i % 7 == 0 ? 8.1 : 0.2 * (1 + i % 4));
        Source source({.gop = 12, .reordered = i % 2 == 0}, at, i != 0);
        ladder.run(source, at + length);
        at += length;
        if (i % 5 == 0) ladder.flush();
        if (i % 11 == 3) ladder.kill(seconds(0.3), i % 2 == 0);
    }
    ladder.flush();
    ladder.rig.end();
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(shape_of(ladder.rig.list("360p")), HasSubstr("i"));
}

TEST(Rungs, AWorkerWithAnotherHeaderIsAnotherMapAtADiscontinuityOfAll) {
    Ladder ladder(two_rungs());
    Source source({}, Ticks());
    ladder.run(source, seconds(14));
    ladder.kill(seconds(1));
    ladder.encoders[1].set_width(1280);
    ladder.run(source, seconds(31));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    const auto& list = ladder.rig.list("360p");
    EXPECT_EQ(shape_of(list), "iig|ii");
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iii|ii");
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iig|ii") << "one worker makes both";
    EXPECT_NE(list.listed[1]->init->hash, list.listed[3]->init->hash);
    EXPECT_EQ(samples(*list.listed[3]).size(), 180U);
    expect_whole(ladder.rig.list("source"), 30);
}

TEST(Rungs, AWorkerThatEncodesASegmentAgainReplacesWhatItsPredecessorLeftUnseen) {
    config::StreamOptions options;
    options.part = 5s;
    Ladder ladder({{.delay = 20}}, options);
    Source source({.reordered = true}, Ticks());
    std::vector<stream::Entry> since_boundary;
    while (ladder.newest < seconds(15)) {
        const stream::Entry entry = source.next();
        if (entry.packet->segment_boundary) since_boundary.clear();
        since_boundary.push_back(entry);
        ladder.write(entry);
    }
    ladder.kill(Ticks());
    ladder.back_at.reset();
    for (const stream::Entry& entry : since_boundary) {
        ladder.encoders[0].receive(entry);
        for (const auto& made : ladder.encoders[0].take()) ladder.rig.write_rung(0, made);
    }
    ladder.run(source, seconds(26));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iiii");
    expect_whole(ladder.rig.list("360p"), 30);
    for (const auto& segment : ladder.rig.list("360p").listed) EXPECT_EQ(samples(*segment).front().dts, segment->start);
}

TEST(Rungs, ASlowCameraIsNotALateRung) {
    Ladder ladder({{.delay = 18}});  // nearly four seconds
    Source source({.frame_scale = 5, .gop = 10}, Ticks());
    ladder.run(source, seconds(41));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iiiiii");
}

TEST(Rungs, TheEndClosesWhatIsWholeInEveryRendition) {
    for (const bool is_flushed : {true, false}) {
        Ladder ladder(two_rungs());
        Source source({.reordered = true}, Ticks());
        ladder.run(source, seconds(16.5));
        if (is_flushed) ladder.flush();
        else ladder.kill(seconds(10));
        ladder.rig.end();
        EXPECT_EQ(ladder.rig.validator.broken(), "");
        EXPECT_TRUE(ladder.rig.segmenter.index()->ended);
        EXPECT_THAT(durations(ladder.rig.list("source")), ElementsAre(6, 6, 4.5));
        EXPECT_THAT(durations(ladder.rig.list("360p")), ElementsAre(6, 6, testing::DoubleNear(4.5, 0.05)));
        EXPECT_EQ(shape_of(ladder.rig.list("360p")), is_flushed ? "iii" : "iig");
    }
}

TEST(Rungs, ManyBytesShortenTheWindowOfAllRenditionsTogether) {
    Ladder ladder(two_rungs(), {}, {.window_bytes = 1 << 20});
    Source source({.video_bytes = 2000}, Ticks());
    for (int i = 1; i < 40; ++i) {
        ladder.run(source, seconds(5.0 * i));
        EXPECT_LE(base::slab_bytes(), 2U << 20);
    }
    EXPECT_EQ(ladder.rig.list("360p").listed.size(), 3U);
}

TEST(Rungs, OneThatGrowsWithoutEndIsAGapAndKeepsItsMemory) {
    Ladder ladder(two_rungs(), {}, {.segment_bytes = 200'000});
    Source source({.video_bytes = 100}, Ticks());
    ladder.run(source, seconds(13));
    const stream::Entry last = source.next();
    for (int i = 0; i < 100; ++i) {
        stream::Entry entry = last;
        media::Packet packet = *entry.packet;
        packet.track = media::video_track_id;
        packet.keyframe = packet.segment_boundary = false;
        packet.pts = packet.dts = seconds(13) + Ticks::milliseconds(i);
        packet.payload = video_payload(50'000);
        entry.packet = std::make_shared<media::Packet>(packet);
        entry.tracks = Shape{.audio = false}.tracks();
        ladder.rig.write_rung(0, entry);
        EXPECT_LE(base::slab_bytes(), 2U << 20);
    }
    ladder.run(source, seconds(20));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iig");
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iii");
}

TEST(Rungs, AHoleInTheTimeLineThatEndsAtABoundaryIsADiscontinuity) {
    Ladder ladder(two_rungs());
    Source first({}, Ticks());
    ladder.run(first, seconds(13));
    Source second({}, seconds(27));  // a frozen picture, and no flag
    ladder.run(second, seconds(53));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    for (const char* name : {"source", "720p", "360p", "audio"})
        EXPECT_THAT(shape_of(ladder.rig.list(name)), StartsWith("iii|iiii")) << name;
}

TEST(Rungs, VariantsAreTheSourceAndThenRungsFromTheHighest) {
    Ladder ladder(two_rungs());
    Source source({}, Ticks());
    ladder.run(source, seconds(14));
    const auto& index = *ladder.rig.segmenter.index();
    const auto parsed = format::m3u8::parse(hls::multivariant_playlist(index));
    const auto& playlist = std::get<format::m3u8::MultivariantPlaylist>(*parsed);
    ASSERT_EQ(playlist.variants.size(), 3U);
    EXPECT_TRUE(playlist.independent_segments);
    const std::uint64_t sound = ladder.rig.list("audio").peak_bitrate;
    const auto& middle = playlist.variants[1];
    EXPECT_EQ(playlist.variants[0].uri, "source/index.m3u8");
    EXPECT_EQ(middle.uri, "720p/index.m3u8");
    EXPECT_EQ(middle.bandwidth, 2'500'000 + sound);  // as configured: what was measured is less
    EXPECT_LT(middle.average_bandwidth, 200'000U);
    EXPECT_EQ(middle.codecs, "avc1.64001f,mp4a.40.2");
    EXPECT_EQ(middle.width, 1280U);
    EXPECT_EQ(middle.frame_rate, 30);
    EXPECT_EQ(playlist.variants[2].uri, "360p/index.m3u8");
    EXPECT_EQ(playlist.variants[2].width, 640U);
    EXPECT_EQ(playlist.variants[2].bandwidth, 600'000 + sound);
}

TEST(Rungs, DaysOfKillsNeedAsMuchMemoryAsTheFirstHourAndStayAligned) {
    config::StreamOptions options;
    options.window = 30s;
    options.part = 2s;
    Ladder ladder({{.name = "720p", .width = 1280, .delay = 6, .gop = 10},
                   {.name = "360p", .delay = 4, .gop = 10},
                   {.name = "stereo", .kind = media::Kind::audio, .delay = 2}},
                  options);
    ladder.rig.is_watched = false;
    const Shape shape{.frame_units = 1001,
                      .frame_scale = 5000,
                      .gop = 10,
                      .reordered = true,
                      .sample_rate = 8000,
                      .video_bytes = 64,
                      .audio_bytes = 16};
    Source source(shape, Ticks());
    const auto most_until = [&](double hours) {
        std::size_t most = 0;
        for (double next_kill = ladder.newest.to_seconds() + 777; ladder.newest < seconds(3600 * hours);) {
            ladder.write(source.next());
            most = std::max(most, base::slab_bytes());
            if (ladder.newest.to_seconds() < next_kill) continue;
            ladder.kill(seconds(2));
            next_kill += 777;
        }
        return most;
    };
    const std::size_t first_hour = most_until(1);
    const std::size_t later = most_until(6);
    EXPECT_LE(later, first_hour + first_hour / 50);
    ladder.rig.is_watched = true;
    ladder.run(source, seconds(3600 * 6 + 100));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(first_pictures(ladder.rig.list("360p")), first_pictures(ladder.rig.list("source")));
    EXPECT_THAT(shape_of(ladder.rig.list("stereo")), Not(HasSubstr("g")));
}

}  // namespace
}  // namespace weir::package::test

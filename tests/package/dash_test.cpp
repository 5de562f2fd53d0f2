// What DASH players see of a source and its rungs, over time and whatever becomes of publisher and worker.
#include "encoder.hpp"
#include "manifest_watch.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <set>

namespace weir::package::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::SizeIs;

class DashTest : public testing::Test {
  protected:
    void run(Source& source, Ticks until) {
        while (source.position() < until) {
            ladder.write(source.next());
            watch.look(ladder.rig.segmenter.index());
        }
    }
    [[nodiscard]] const SeenPeriod& period(std::size_t index) const { return watch.newest.periods.at(index); }
    [[nodiscard]] std::string text() const { return dash::manifest(*ladder.rig.segmenter.index()); }

    Ladder ladder{{{.name = "720p", .width = 1280, .bitrate = 2'500'000}, {.name = "360p", .width = 640}}};
    ManifestWatch watch;
};

TEST_F(DashTest, APlayerFindsEveryRungAndItsSound) {
    Source source({.frame_units = 1001, .frame_scale = 30'000}, Ticks());
    run(source, seconds(20));
    EXPECT_EQ(watch.broken(), "");
    ASSERT_THAT(watch.newest.periods, SizeIs(1));
    EXPECT_THAT(period(0).representations, ElementsAre(Key("360p"), Key("720p"), Key("audio"), Key("source")));
    ASSERT_THAT(period(0).sets, SizeIs(2));
    EXPECT_EQ(period(0).sets[0].text("startWithSAP"), "1");
    EXPECT_EQ(period(0).sets[0].text("maxWidth"), "1280");
    EXPECT_EQ(period(0).sets[0].text("maxFrameRate"), "30000/1001");
    EXPECT_EQ(period(0).sets[1].text("mimeType"), "audio/mp4");
    const auto& source_seen = period(0).representations.at("source");
    EXPECT_EQ(source_seen.segments.text("timescale"), "30000");
    EXPECT_EQ(source_seen.segments.text("startNumber"), "1795341600");
    EXPECT_EQ(source_seen.own.text("codecs"), "avc1.64001f");
    EXPECT_EQ(source_seen.own.number("bandwidth"), static_cast<std::int64_t>(ladder.rig.list("source").peak_bitrate));
    EXPECT_THAT(text(), HasSubstr("<S t=\"0\" d=\"180180\" r=\""));
    EXPECT_THAT(text(), HasSubstr("<UTCTiming schemeIdUri=\"urn:mpeg:dash:utc:http-xsdate:2014\" value=\"/time\"/>"));
}

TEST_F(DashTest, TheWindowMovesAndNothingThatWasSaidChanges) {
    Source source({.reordered = true}, Ticks());
    run(source, seconds(200));
    EXPECT_EQ(watch.broken(), "");
    ASSERT_THAT(watch.newest.periods, SizeIs(1));
    EXPECT_EQ(period(0).own.text("id"), "1795341600");
    EXPECT_EQ(period(0).own.text("start"), "PT1795341600.033333S");  // a frame late: its pictures are reordered
    EXPECT_GT(period(0).representations.at("source").timeline.front().number, epoch + 10);
    EXPECT_NEAR(watch.newest.own.duration("timeShiftBufferDepth"), 63, 4);
}

TEST_F(DashTest, APublisherThatReturnsBeginsAPeriodAtTheTimeOfDay) {
    Source first({}, Ticks());
    run(first, seconds(20));
    ladder.rig.pause = 10s;
    Source second({.width = 640}, seconds(20), true);
    run(second, seconds(50));
    EXPECT_EQ(watch.broken(), "");
    ASSERT_THAT(watch.newest.periods, SizeIs(2));
    EXPECT_EQ(period(0).own.text("start"), "PT1795341600S");
    EXPECT_NEAR(period(0).own.duration("duration"), 20, 0.1);
    EXPECT_NEAR(period(1).own.duration("start") - epoch, 30, 0.1);
    EXPECT_EQ(period(1).representations.at("source").segments.number("presentationTimeOffset"), 20 * 90'000);
}

TEST_F(DashTest, ARungWithoutItsWorkerIsAbsentForAPeriod) {
    Source source({}, Ticks());
    run(source, seconds(26));
    ladder.kill(seconds(3));
    run(source, seconds(60));
    EXPECT_EQ(watch.broken(), "");
    EXPECT_THAT(shape_of(ladder.rig.list("360p")), HasSubstr("g"));
    ASSERT_THAT(watch.newest.periods, SizeIs(3));
    EXPECT_THAT(period(0).representations, SizeIs(4));
    EXPECT_THAT(period(1).representations, ElementsAre(Key("audio"), Key("source")));
    EXPECT_THAT(period(2).representations, SizeIs(4));
}

TEST_F(DashTest, AFastPublisherStaysAtItsTimeOfDay) {
    Source source({}, Ticks());
    while (source.position() < seconds(400)) {
        ladder.rig.pause = -source.position().to_duration() / 1000;  // its clock is 0.1 % fast
        ladder.write(source.next());
        watch.look(ladder.rig.segmenter.index());
    }
    EXPECT_EQ(watch.broken(), "");
    EXPECT_GT(watch.newest.periods.back().own.duration("start"), epoch + 250);
}

TEST_F(DashTest, AnEndedStreamIsAStaticManifest) {
    Source source({}, Ticks());
    run(source, seconds(20));
    ladder.flush();
    ladder.rig.end();
    watch.look(ladder.rig.segmenter.index());
    EXPECT_EQ(watch.broken(), "");
    EXPECT_EQ(watch.newest.own.text("type"), "static");
    EXPECT_EQ(period(0).own.text("duration"), "");
    EXPECT_NEAR(watch.newest.own.duration("mediaPresentationDuration") - epoch, 20, 0.1);
    EXPECT_THAT(text(), Not(HasSubstr("UTCTiming")));
}

/// Where the first of the renditions of a period ends, as a player reckons it.
double end_of(const SeenPeriod& period) {
    double end = std::numeric_limits<double>::max();
    for (const auto& [name, seen] : period.representations) {
        const SeenSegment& last = seen.timeline.back();
        const std::int64_t units = last.start + last.duration - seen.segments.number("presentationTimeOffset");
        end = std::min(end, static_cast<double>(units) / static_cast<double>(seen.segments.number("timescale")));
    }
    return period.own.duration("start") + end;
}

TEST_F(DashTest, APlayerThatIsThereLearnsOfTheEndWhileTheManifestIsDynamic) {
    Source source({.frame_units = 1001, .frame_scale = 30'000}, Ticks());
    run(source, seconds(20));
    const SeenManifest living = watch.newest;
    ladder.flush();
    ladder.rig.end();
    const auto index = ladder.rig.segmenter.index();
    const SeenManifest parting = read_manifest(dash::manifest(*index, dash::Ended::just_now));
    EXPECT_EQ(parting.own.text("type"), "dynamic");
    for (const char* told : {"minimumUpdatePeriod", "suggestedPresentationDelay"})
        EXPECT_EQ(parting.own.text(told), living.own.text(told)) << told;
    EXPECT_EQ(parting.periods.at(0).own.text("start"), living.periods.at(0).own.text("start"));
    EXPECT_LT(living.own.text("publishTime"), parting.own.text("publishTime"));
    const double while_told = std::chrono::duration<double>(dash::parting(*index)).count();
    EXPECT_GT(while_told, parting.own.duration("minimumUpdatePeriod") * 2);
    EXPECT_NEAR(parting.own.duration("mediaPresentationDuration"), end_of(parting.periods.at(0)) + while_told, 2e-6);
    const SeenManifest over = read_manifest(dash::manifest(*index));
    EXPECT_LT(parting.own.text("publishTime"), over.own.text("publishTime"));
    // No rendition ends before it: a player would wait for the rest. A double of this size has no more.
    EXPECT_LE(over.own.duration("mediaPresentationDuration"), end_of(over.periods.at(0)) + 5e-7);
    EXPECT_NEAR(over.own.duration("mediaPresentationDuration"), end_of(over.periods.at(0)), 2e-6);
    // Nor does it end before all that there is has been played, which sound and picture do at different times.
    std::set<double> ends;
    for (const auto& list : index->renditions) {
        const stream::Segment& last = *list->listed.back();
        const base::Duration length = (last.start + last.duration - index->periods.back().start).to_duration();
        ends.insert(over.periods.back().own.duration("start") + std::chrono::duration<double>(length).count());
    }
    EXPECT_GT(ends.size(), 1);
    EXPECT_NEAR(over.own.duration("mediaPresentationDuration"), *ends.rbegin() + 0.010, 3e-5);
}

class LowLatencyTest : public testing::Test {
  protected:
    /// Looks at each state that players would see.
    void run(Source& source, Ticks until) {
        while (source.position() < until) {
            rig.write(source.next());
            watch.look(rig.segmenter.index());
        }
    }

    Rig rig;
    ManifestWatch watch;
};

TEST_F(LowLatencyTest, WhatIsBeingMadeIsListedAsItWillBe) {
    Source source({.frame_units = 1001, .frame_scale = 30'000}, Ticks());
    run(source, seconds(100));
    EXPECT_EQ(watch.broken(), "");
    EXPECT_GT(watch.foretold, 20U);
    // Sound is made of frames that do not divide a segment: it ends a frame earlier or later.
    for (const SeenPeriod& period : watch.newest.periods) EXPECT_EQ(period.representations.size(), 2U);
    EXPECT_LE(watch.foretold_wrongly, watch.foretold / 2);
    const XmlElement& segments = watch.newest.periods.at(0).representations.at("source").segments;
    EXPECT_EQ(segments.text("availabilityTimeComplete"), "false");
    EXPECT_EQ(segments.text("availabilityTimeOffset"), "5.549");  // but for a part, the longest: one of sound
    EXPECT_EQ(watch.newest.own.duration("suggestedPresentationDelay"), 2.901);
    EXPECT_EQ(watch.newest.own.duration("minimumUpdatePeriod"), 0.934);
}

TEST_F(LowLatencyTest, AShortSegmentIsLearnedOfWhileItIsMade) {
    config::StreamOptions options;
    options.segment = 1s;
    Rig rig(options);
    Source source({.audio = false, .gop = 30, .segment = seconds(1)}, Ticks());
    while (source.position() < seconds(20)) {
        rig.write(source.next());
        watch.look(rig.segmenter.index());
    }
    EXPECT_EQ(watch.broken(), "");
    const XmlElement& segments = watch.newest.periods.at(0).representations.at("source").segments;
    EXPECT_EQ(segments.text("availabilityTimeOffset"), "0.500");
    EXPECT_EQ(watch.newest.own.duration("minimumUpdatePeriod"), 0.5);
}

TEST_F(LowLatencyTest, OfRegularPicturesNothingThatWasForetoldChanges) {
    Source source({.audio = false, .reordered = true}, Ticks());
    run(source, seconds(200));
    EXPECT_EQ(watch.broken(), "");
    EXPECT_GT(watch.foretold, 20U);
    EXPECT_EQ(watch.foretold_wrongly, 0U);
}

TEST_F(LowLatencyTest, APublisherThatReturnsBeginsItsPeriodWithTheFirstPart) {
    Source first({}, Ticks());
    run(first, seconds(20));
    rig.pause = 10s;
    Source second({}, seconds(20), true);
    run(second, seconds(60));
    EXPECT_EQ(watch.broken(), "");
    EXPECT_EQ(watch.newest.periods.size(), 2U);
}

TEST_F(LowLatencyTest, WhilePartsComeNothingIsNewUntilTheNextSegmentBegins) {
    Source source({.audio = false}, Ticks());
    std::set<std::string> seen;
    run(source, seconds(20));
    const std::size_t before = rig.list("source").open->parts.size();
    while (source.position() < seconds(22)) {
        rig.write(source.next());
        seen.insert(dash::manifest(*rig.segmenter.index()));
    }
    EXPECT_GT(rig.list("source").open->parts.size(), before);
    EXPECT_THAT(seen, SizeIs(1));
}

TEST(Dash, SoundAloneIsASet) {
    Rig rig;
    Source source({.video = false}, Ticks());
    rig.run(source, seconds(20));
    ManifestWatch watch;
    watch.look(rig.segmenter.index());
    EXPECT_EQ(watch.broken(), "");
    ASSERT_THAT(watch.newest.periods, SizeIs(1));
    EXPECT_THAT(watch.newest.periods[0].representations, ElementsAre(Key("audio")));
}

TEST(Dash, SegmentsCutWithoutAKeyframeAreNotAccessPoints) {
    Rig rig;
    Source source({.gop = 0}, Ticks());
    rig.run(source, seconds(70));
    ManifestWatch watch;
    watch.look(rig.segmenter.index());
    EXPECT_EQ(watch.broken(), "");
    EXPECT_THAT(shape_of(rig.list("source")), HasSubstr("-"));
    EXPECT_EQ(watch.newest.periods.at(0).sets.at(0).text("startWithSAP"), "");
}

TEST(Dash, ATokenTravelsInEveryAddress) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(8));
    EXPECT_THAT(dash::manifest(*rig.segmenter.index(), dash::Ended::before, "?token=a&b"),
                testing::AllOf(HasSubstr(".mp4?token=a&amp;b\""), HasSubstr("$Number$.m4s?token=a&amp;b\"")));
}

}  // namespace
}  // namespace weir::package::test

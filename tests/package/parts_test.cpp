// What a low-latency player sees: parts as they are made, of the source no sooner than of its rungs, and nothing that vanishes.
#include "encoder.hpp"

#include "package/hls_media.hpp"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>

namespace weir::package::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::size_t open_parts(const stream::SegmentList& list) { return list.open != nullptr ? list.open->parts.size() : 0; }

/// Where the playlist ends, in seconds of the stream.
double edge(const stream::SegmentList& list) {
    const auto& last = list.open != nullptr ? list.open : !list.ahead.empty() ? list.ahead.back() : list.listed.back();
    return (last->start + last->duration).to_seconds();
}

/// One letter a part: `g`ap, `i`ndependent, `-` neither.
std::string parts_of(const stream::Segment& segment) {
    std::string text;
    for (const auto& part : segment.parts) text += part.gap ? 'g' : part.independent ? 'i' : '-';
    return text;
}

TEST(Parts, EachIsThereWithItsLastPacketAndNotOnePacketLater) {
    Rig rig;
    Source source({.audio = false, .reordered = true}, Ticks());
    rig.run(source, seconds(12));
    for (int frame = 0; frame < 100; ++frame) {
        rig.write(source.next());
        EXPECT_EQ(open_parts(rig.list("source")), static_cast<std::size_t>(frame + 1) / 15) << frame;
    }
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(rig.segmenter.index()->part_target, Ticks::milliseconds(500));
    EXPECT_EQ(parts_of(*rig.list("source").open), "i---i-");
}

TEST(Parts, FillTheirTargetInSoundAndPicture) {
    for (const std::int64_t rate : {24, 25, 30, 50, 60})
        for (const auto part : {200ms, 500ms, 1000ms}) {
            config::StreamOptions options;
            options.part = part;
            Rig rig(options);
            Source source({.frame_units = 1001, .frame_scale = rate * 1000, .gop = rate * 2}, Ticks());
            rig.run(source, seconds(15));
            EXPECT_EQ(rig.validator.broken(), "");
            for (const char* name : {"source", "audio"})
                for (const auto& segment : rig.list(name).listed)
                    for (const auto& one : std::span(segment->parts).first(segment->parts.size() - 1))
                        EXPECT_GE(one.duration * 100, rig.segmenter.index()->part_target * 85) << name << rate;
        }
}

TEST(Parts, ShareTheirBytesWithTheSegmentThatTheyBecome) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(17));
    const auto open = rig.list("source").open;
    rig.run(source, seconds(19));
    const auto& whole = rig.list("source").listed.back();
    ASSERT_EQ(open->sequence, whole->sequence);
    for (std::size_t i = 0; i < open->parts.size(); ++i)
        EXPECT_EQ(open->parts[i].bytes.front().view().data(), whole->parts[i].bytes.front().view().data());
}

TEST(Parts, AreToBeHadInPiecesWhileSomebodyWaits) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    EXPECT_TRUE(rig.list("source").under_way.bytes.empty()) << "nobody waits";
    rig.segmenter.set_followed(true);
    rig.run(source, seconds(13) + Ticks::milliseconds(450));
    const stream::PartUnderWay under_way = rig.list("source").under_way;
    const std::size_t before = open_parts(rig.list("source"));
    EXPECT_EQ(under_way.sequence, rig.list("source").open->sequence);
    EXPECT_EQ(under_way.part, before);
    ASSERT_EQ(under_way.bytes.size(), 4U) << "of 100 ms each";
    EXPECT_EQ(under_way.duration, Ticks::milliseconds(400));
    rig.run(source, seconds(13) + Ticks::milliseconds(550));
    const stream::Part part = rig.list("source").open->parts[before];
    EXPECT_EQ(part.duration, Ticks::milliseconds(500));
    ASSERT_EQ(part.bytes.size(), 5U);
    std::size_t size = 0;
    for (const base::Bytes& slice : part.bytes) size += slice.size();
    EXPECT_EQ(part.size, size);
    for (std::size_t i = 0; i < under_way.bytes.size(); ++i)
        EXPECT_EQ(part.bytes[i].view().data(), under_way.bytes[i].view().data());
    EXPECT_EQ(rig.list("audio").open->parts.back().bytes.size(), 1U);
    EXPECT_EQ(rig.validator.broken(), "");
}

TEST(Parts, InPiecesTellOfTheirKeyframesAsWhenTheyAreWhole) {
    Rig rig;
    rig.segmenter.set_followed(true);
    Source source({.audio = false, .reordered = true}, Ticks());
    rig.run(source, seconds(12));
    for (int frame = 0; frame < 100; ++frame) {
        rig.write(source.next());
        EXPECT_EQ(open_parts(rig.list("source")), static_cast<std::size_t>(frame + 1) / 15) << frame;
    }
    EXPECT_EQ(parts_of(*rig.list("source").open), "i---i-");
    EXPECT_EQ(rig.validator.broken(), "");
}

TEST(Parts, OfTheSourceWaitForTheSlowestRungSoThatNobodyWhoChangesRunsDry) {
    Ladder ladder({{.name = "720p", .width = 1280, .delay = 20}, {.name = "360p", .delay = 5}});
    Source source({}, Ticks());
    ladder.run(source, seconds(13));
    while (ladder.newest < seconds(17.9)) {
        ladder.write(source.next());
        EXPECT_LE(edge(ladder.rig.list("source")), edge(ladder.rig.list("720p")) + 0.001);
        EXPECT_LE(edge(ladder.rig.list("audio")), edge(ladder.rig.list("720p")) + 0.5);  // its parts are others
    }
    EXPECT_GE(edge(ladder.rig.list("source")), 16.5);
    EXPECT_EQ(ladder.rig.validator.broken(), "");
}

TEST(Parts, OfTheSourceWaitASecondAtMost) {
    Ladder ladder({{.delay = 50}});
    Source source({}, Ticks());
    ladder.run(source, seconds(15));
    while (ladder.newest < seconds(17)) {
        ladder.write(source.next());
        EXPECT_GE(edge(ladder.rig.list("source")), ladder.newest.to_seconds() - 1.6);
    }
    EXPECT_EQ(ladder.rig.validator.broken(), "");
}

TEST(Parts, ASourceThatIsAheadHasItsSegmentWhileASlowRungHasNot) {
    Ladder ladder({{.delay = 50}});
    Source source({}, Ticks());
    ladder.run(source, seconds(19.3));
    EXPECT_EQ(ladder.rig.list("source").listed.size(), 2U);
    ASSERT_EQ(ladder.rig.list("source").ahead.size(), 1U);
    EXPECT_EQ(ladder.rig.list("source").ahead.front()->sequence, epoch + 2);
    EXPECT_TRUE(ladder.rig.list("360p").ahead.empty());
    EXPECT_THAT(hls::media_playlist(*ladder.rig.segmenter.index(), ladder.rig.list("source")),
                HasSubstr("1795341600-1795341602.m4s\n"));
    ladder.run(source, seconds(31));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
}

TEST(Parts, ARungThatBreaksOffKeepsWhatWasSeenAndTellsOfTheRest) {
    Ladder ladder({{.delay = 14}});
    Source source({}, Ticks());
    ladder.run(source, seconds(15));
    const auto seen = ladder.rig.list("360p").open;
    ASSERT_EQ(parts_of(*seen), "i---");
    ladder.kill(seconds(2));
    ladder.run(source, seconds(17));
    EXPECT_EQ(parts_of(*ladder.rig.list("360p").open), "i---ggg");
    ladder.run(source, seconds(18.5));
    const auto& segment = *ladder.rig.list("360p").listed.back();
    EXPECT_TRUE(segment.gap);
    EXPECT_EQ(parts_of(segment), "i---gggggggg");
    const auto& index = *ladder.rig.segmenter.index();
    EXPECT_NE(hls::find_part(index, ladder.rig.list("360p"), {epoch, segment.sequence, 3}), nullptr);
    EXPECT_EQ(hls::find_part(index, ladder.rig.list("360p"), {epoch, segment.sequence, 4}), nullptr);
    EXPECT_EQ(hls::find_segment(index, ladder.rig.list("360p"), {epoch, segment.sequence}), nullptr);
    ladder.run(source, seconds(31));
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iigii");
    EXPECT_EQ(ladder.rig.validator.broken(), "");
}

TEST(Parts, AWorkerThatEncodesAgainWhatPlayersHaveSeenWaitsForTheNextSegment) {
    Ladder ladder({{.delay = 20}});
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
    EXPECT_EQ(shape_of(ladder.rig.list("360p")), "iigi");
}

TEST(Parts, ASourceThatBreaksOffTooSoonForANumberGoesOnWhenItIsDue) {
    config::StreamOptions options;
    options.part = 200ms;
    Rig rig(options);
    Source first({}, Ticks());
    rig.run(first, seconds(12.5));
    rig.pause = -12s;  // as many numbers as seconds
    Source second({.gop = 15}, seconds(12.5), true);
    rig.run(second, seconds(12.9));
    const auto seen = rig.list("source").open;
    ASSERT_NE(seen, nullptr);
    rig.run(second, seconds(30));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_THAT(shape_of(rig.list("source")), HasSubstr("|i"));
    EXPECT_THAT(shape_of(rig.list("audio")), HasSubstr("|i"));
    const auto& broken = *rig.list("source").listed[2];
    EXPECT_EQ(broken.sequence, seen->sequence);
    EXPECT_FALSE(broken.discontinuity);
    EXPECT_NEAR(broken.duration.to_seconds(), 0.5, 0.001);
}

TEST(Parts, ATrackThatFallsSilentIsSaidToBeMissing) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    source.mute_audio = true;
    rig.run(source, seconds(29));
    ASSERT_NE(rig.list("audio").open, nullptr);
    EXPECT_THAT(parts_of(*rig.list("audio").open), AllOf(HasSubstr("ggg"), Not(HasSubstr("i"))));
    EXPECT_EQ(rig.validator.broken(), "");
}

TEST(Parts, ThePlaylistNamesThePartToComeAndHowFarTheOthersAre) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13.75));
    const auto& index = *rig.segmenter.index();
    const std::string text = hls::media_playlist(index, rig.list("source"));
    EXPECT_THAT(text, HasSubstr("\n#EXT-X-PART:DURATION=0.500,URI=\"1795341600-1795341602-0.m4s\",INDEPENDENT=YES\n"));
    EXPECT_THAT(text,
                EndsWith("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"1795341600-1795341602-3.m4s\"\n"
                         "#EXT-X-RENDITION-REPORT:URI=\"../audio/index.m3u8\",LAST-MSN=1795341602,LAST-PART=2\n"));
    rig.run(source, seconds(18));  // as long as the segments before: the next part is of another
    EXPECT_THAT(hls::media_playlist(*rig.segmenter.index(), rig.list("source"), {.suffix = "?token=a"}),
                AllOf(HasSubstr("URI=\"1795341600-1795341603-0.m4s?token=a\"\n"), HasSubstr("-11.m4s?token=a\""),
                      HasSubstr("../audio/index.m3u8?token=a\"")));
    rig.end();
    EXPECT_THAT(hls::media_playlist(*rig.segmenter.index(), rig.list("source")),
                AllOf(Not(HasSubstr("PRELOAD-HINT")), Not(HasSubstr("RENDITION-REPORT")), EndsWith("ENDLIST\n")));
}

TEST(Parts, OldSegmentsAreListedWithoutTheirParts) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(44));
    const std::string text = hls::media_playlist(*rig.segmenter.index(), rig.list("source"));
    EXPECT_THAT(text, Not(HasSubstr("1795341600-1795341603-11.m4s")));  // ended 20 s ago
    EXPECT_THAT(text, HasSubstr("1795341600-1795341604-0.m4s"));        // ended 14 s ago: all its parts are there
}

/// What playlists hint at is what comes next.
class Hints {
  public:
    void look(const stream::SegmentIndex& index) {
        for (const auto& list : index.renditions) {
            const auto known = hints_.find(list->name);
            if (known != hints_.end() && edge(*list) > known->second.first) {
                EXPECT_NE(hls::find_part(index, *list, known->second.second), nullptr)
                    << print(known->second.second) << " of " << list->name;
            }
            hints_[list->name] = {edge(*list), hls::next_part(index, *list)};
        }
    }

  private:
    std::map<std::string, std::pair<double, hls::PartAddress>> hints_;
};

TEST(Parts, AHintComesTrueThoughSegmentsOfSoundAreNotAllAsLong) {
    Rig rig;
    Source source({.sample_rate = 8000}, Ticks());
    rig.run(source, seconds(20));
    for (Hints hints; source.position() < seconds(60); rig.write(source.next())) hints.look(*rig.segmenter.index());
}

// The decode times of an encoder that reorders fall behind by as much as is missing, some pictures later.
TEST(Parts, AHintComesTrueThoughPicturesAreMissingBeforeAKeyframe) {
    for (const std::int64_t missing : {1, 2, 3, 4, 6}) {
        SCOPED_TRACE(missing);
        Ladder ladder({{.delay = 12, .gop = 1000}});
        Source source({}, Ticks());
        Hints hints;
        const Ticks keyframe = seconds(24);
        while (source.position() < seconds(44)) {
            const stream::Entry entry = source.next();
            const media::Packet& packet = *entry.packet;
            const bool is_lost = packet.track == media::video_track_id && packet.pts + Ticks(1) < keyframe &&
                                 packet.pts + Ticks(1) > keyframe - Ticks::from(missing, 30);
            if (!is_lost) ladder.write(entry);
            if (const auto index = ladder.rig.segmenter.index()) hints.look(*index);
        }
        EXPECT_EQ(ladder.rig.validator.broken(), "");
    }
}

/// Pictures that are decoded from `from` to `to` never come.
void run_without(Ladder& ladder, Source& source, Ticks from, Ticks to, Ticks until) {
    while (source.position() < until) {
        const stream::Entry entry = source.next();
        const bool is_lost =
            entry.packet->track == media::video_track_id && entry.packet->dts >= from && entry.packet->dts < to;
        if (!is_lost) ladder.write(entry);
    }
}

TEST(Parts, APauseWithinASegmentLosesNothing) {
    Ladder ladder({{.delay = 5}});
    Source source({}, Ticks());
    run_without(ladder, source, seconds(13.1), seconds(15.3), seconds(32));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    const auto& list = ladder.rig.list("source");
    EXPECT_EQ(shape_of(list), "iiiii");
    EXPECT_EQ(samples(*list.listed[2]).size(), 180U - 66);
    for (const auto& part : list.listed[2]->parts) EXPECT_LE(part.duration, Ticks::milliseconds(500));
}

TEST(Parts, APauseUpToABoundaryEndsInADiscontinuity) {
    Ladder ladder({{.delay = 5}});
    Source source({}, Ticks());
    run_without(ladder, source, seconds(15.5), seconds(18), seconds(38));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    for (const char* name : {"source", "360p", "audio"}) {
        const auto& list = ladder.rig.list(name);
        EXPECT_EQ(shape_of(list), "iii|iii") << name;
        for (const auto& segment : list.listed) EXPECT_LE(segment->duration, seconds(6.05)) << name;
    }
    EXPECT_NEAR(ladder.rig.list("source").listed[2]->duration.to_seconds(), 3.5, 0.001);
}

TEST(Parts, ASourceThatIsNotOfferedIsKnownToBeMissing) {
    Ladder ladder({{.delay = 5}});
    Source source({}, Ticks());
    ladder.run(source, seconds(13));
    ladder.rig.segmenter.offer_source(false);
    ladder.run(source, seconds(31));
    while (ladder.newest < seconds(43)) {
        ladder.write(source.next());
        EXPECT_GE(edge(ladder.rig.list("source")), ladder.newest.to_seconds() - 2);
    }
    EXPECT_EQ(ladder.rig.validator.broken(), "");
}

TEST(Parts, NothingFollowsInASegmentOfWhichPlayersWereToldThatItIsMissing) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    source.mute_audio = true;
    rig.run(source, seconds(33));
    source.mute_audio = false;
    rig.run(source, seconds(44));
    EXPECT_EQ(rig.validator.broken(), "");
    EXPECT_EQ(shape_of(rig.list("audio")),
              "iigggg"
              "i");
    for (const auto& segment : rig.list("audio").listed)
        EXPECT_THAT(parts_of(*segment), Not(HasSubstr("gi"))) << segment->sequence;
}

TEST(Parts, ADeltaUpdateLeavesOutWhatAPlayerHasAndNothingElse) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(68));
    const auto& index = *rig.segmenter.index();
    const auto& list = rig.list("source");
    const auto whole = std::get<format::m3u8::MediaPlaylist>(*format::m3u8::parse(hls::media_playlist(index, list)));
    for (const auto skip : {hls::Skip::yes, hls::Skip::v2}) {
        const std::string text = hls::media_playlist(index, list, {.skip = skip});
        auto delta = std::get<format::m3u8::MediaPlaylist>(*format::m3u8::parse(text));
        ASSERT_TRUE(delta.skip.has_value()) << text;
        EXPECT_EQ(delta.skip->segments, whole.segments.size() - 7);  // 36 s, and the one across the boundary
        EXPECT_EQ(delta.skip->removed_date_ranges.has_value(), skip == hls::Skip::v2);
        EXPECT_EQ(delta.version, skip == hls::Skip::v2 ? 10U : 9U);
        delta.segments.insert(delta.segments.begin(), whole.segments.begin(),
                              whole.segments.begin() + static_cast<std::ptrdiff_t>(delta.skip->segments));
        delta.skip.reset();
        delta.version = whole.version;
        EXPECT_EQ(delta, whole);
    }
    rig.end();
    EXPECT_THAT(hls::media_playlist(*rig.segmenter.index(), rig.list("source"), {.skip = hls::Skip::yes}),
                Not(HasSubstr("SKIP:")));
}

TEST(Parts, APositionIsContainedOnceItsPartIs) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13.75));
    const auto& index = *rig.segmenter.index();
    const auto& list = rig.list("source");
    const auto has = [&](std::uint64_t sequence, std::optional<std::uint32_t> part) {
        return hls::contains(index, list, {epoch + sequence, part});
    };
    EXPECT_TRUE(has(0, {}));
    EXPECT_TRUE(has(1, {}));
    EXPECT_FALSE(has(2, {}));
    EXPECT_TRUE(has(1, 11));
    EXPECT_TRUE(has(1, 12));  // the first of the next one
    EXPECT_TRUE(has(2, 2));
    EXPECT_FALSE(has(2, 3));
    EXPECT_FALSE(has(3, 0));
    rig.end();
    EXPECT_TRUE(hls::contains(*rig.segmenter.index(), rig.list("source"), {epoch + 900, 7}));
}

TEST(Parts, ListsThatDidNotChangeAreTheSame) {
    Ladder ladder({{.delay = 3}});
    Source source({}, Ticks());
    ladder.run(source, seconds(13));
    std::size_t indexes = 0;
    std::size_t lists = 0;
    for (auto before = ladder.rig.segmenter.index(); ladder.newest < seconds(17);) {
        ladder.write(source.next());
        const auto index = ladder.rig.segmenter.index();
        if (index == before) continue;
        ++indexes;
        for (std::size_t i = 0; i < index->renditions.size(); ++i)
            lists += index->renditions[i] != before->renditions[i] ? 1 : 0;
        before = index;
    }
    EXPECT_LE(lists, indexes * 2);  // of three
    EXPECT_GE(lists, 3U * 7);
}

}  // namespace
}  // namespace weir::package::test

// A source that is not offered beside its rungs: its keyframes are too far apart, or it cannot be packaged.
#include "rungs.hpp"

#include <gmock/gmock.h>

namespace weir::package::test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A source whose keyframes come too seldom, as the stream hands it on: boundaries by the clock, wherever they fall.
class Scheduled {
  public:
    Scheduled(const Shape& shape, Ticks start, Ticks last_boundary) : source_(shape, start), boundary_(last_boundary) {}
    [[nodiscard]] Ticks position() const { return source_.position(); }
    [[nodiscard]] stream::Entry next() {
        stream::Entry entry = source_.next();
        media::Packet packet = *entry.packet;
        packet.segment_boundary = packet.track == media::video_track_id && packet.pts - boundary_ >= seconds(6);
        if (packet.segment_boundary) boundary_ = packet.pts;
        entry.packet = std::make_shared<media::Packet>(packet);
        return entry;
    }

  private:
    Source source_;
    Ticks boundary_;
};

void run(Ladder& ladder, Scheduled& source, Ticks until) {
    while (source.position() < until) ladder.write(source.next());
}

TEST(SourceAndRungs, ASourceWhoseKeyframesAreTooFarApartLeavesAndItsRungsGoOn) {
    Ladder ladder(two_rungs());
    Source first({.reordered = true}, Ticks());
    ladder.run(first, seconds(24.5));
    const Ticks target = ladder.rig.segmenter.index()->target_duration;
    Scheduled second({.gop = 600, .reordered = true}, seconds(26), seconds(24));
    run(ladder, second, seconds(29));
    ladder.rig.segmenter.offer_source(false);
    ladder.rig.look();
    EXPECT_THAT(hls::multivariant_playlist(*ladder.rig.segmenter.index()),
                AllOf(Not(HasSubstr("source/")), HasSubstr("720p/"), HasSubstr("360p/"), HasSubstr("audio/")));
    run(ladder, second, seconds(50));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(shape_of(ladder.rig.list("source")), EndsWith("gg"));
    EXPECT_THAT(shape_of(ladder.rig.list("720p")), Not(HasSubstr("-")));
    EXPECT_THAT(hls::media_playlist(*ladder.rig.segmenter.index(), ladder.rig.list("source")), HasSubstr("EXT-X-GAP"));
    run(ladder, second, seconds(130));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("720p", "360p", "audio"));
    EXPECT_EQ(ladder.rig.segmenter.index()->target_duration, target);
    EXPECT_EQ(ladder.rig.segmenter.index()->cuts, 0U);
    EXPECT_THAT(durations(ladder.rig.list("720p")), Each(testing::DoubleNear(6, 0.04)));
    expect_whole(ladder.rig.list("720p"), 30);
    EXPECT_THAT(ladder.rig.remarks, testing::IsEmpty());
}

TEST(SourceAndRungs, ASourceThatIsOfferedAgainReturnsAtItsNextKeyframeOnABoundary) {
    for (const double away : {18.0, 120.0}) {  // still listed, and forgotten
        Ladder ladder(two_rungs());
        Source first({.reordered = true}, Ticks());
        ladder.run(first, seconds(18));
        ladder.rig.segmenter.offer_source(false);
        ladder.run(first, seconds(19 + away));
        ladder.rig.segmenter.offer_source(true);
        ladder.rig.look();
        EXPECT_THAT(hls::multivariant_playlist(*ladder.rig.segmenter.index()), Not(HasSubstr("source/")));
        ladder.run(first, seconds(45 + away));
        EXPECT_EQ(ladder.rig.validator.broken(), "");
        EXPECT_THAT(hls::multivariant_playlist(*ladder.rig.segmenter.index()), HasSubstr("source/"));
        EXPECT_THAT(shape_of(ladder.rig.list("source")), away > 60 ? StartsWith("iii") : StartsWith("iiigggg"));
        EXPECT_THAT(shape_of(ladder.rig.list("source")), EndsWith("iii"));
        EXPECT_THAT(shape_of(ladder.rig.list("360p")), Not(AnyOf(HasSubstr("g"), HasSubstr("|"))));
        const auto expected = first_pictures(ladder.rig.list("360p"));
        for (const auto& [sequence, pts] : first_pictures(ladder.rig.list("source")))
            EXPECT_EQ(pts, expected.at(sequence));
    }
}

TEST(SourceAndRungs, ASourceThatWasNeverOfferedStillLeads) {
    Ladder ladder(two_rungs());
    ladder.rig.segmenter.offer_source(false);
    Scheduled source({.gop = 0, .reordered = true}, seconds(6), Ticks());
    run(ladder, source, seconds(60));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("720p", "360p", "audio"));
    EXPECT_EQ(ladder.rig.segmenter.index()->target_duration, seconds(6));
    EXPECT_THAT(shape_of(ladder.rig.list("360p")), Not(HasSubstr("g")));
    EXPECT_EQ(ladder.rig.segmenter.index()->cuts, 0U);
}

TEST(SourceAndRungs, ASourceInACodecThatCannotBePackagedIsPlayedByItsRungs) {
    Ladder ladder(two_rungs());
    Source source({.reordered = true}, Ticks());
    auto tracks = std::make_shared<media::TrackSet>(*Shape{}.tracks());
    tracks->tracks.front().codec = media::Codec::vp9;
    tracks->tracks.front().config = {};  // nobody can say what a player needs
    while (source.position() < seconds(32)) {
        stream::Entry entry = source.next();
        entry.tracks = tracks;
        ladder.write(entry);
    }
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("720p", "360p", "audio"));
    EXPECT_EQ(shape_of(ladder.rig.list("720p")), "iiiii");
    EXPECT_THAT(ladder.rig.remarks, ElementsAre(HasSubstr("video is not in HLS")));
}

}  // namespace
}  // namespace weir::package::test

// Sound that MP4 has no place for, and that is encoded for the segments: it is heard wherever a player looks for sound.
#include "encoder.hpp"

#include "package/dash.hpp"
#include "package/hls_ts.hpp"

#include <gmock/gmock.h>

namespace weir::package::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

RungShape stereo() { return {.name = "stereo", .kind = media::Kind::audio, .delay = 2, .bitrate = 128'000}; }

/// What a camera sends: G.711.
Shape camera(bool with_picture = true) {
    return {.video = with_picture,
            .sample_rate = 8000,
            .other_audio = media::track_from_config(media::Codec::pcma, tests::from_hex("00001f4001")).value()};
}

std::vector<std::string> names(const stream::SegmentIndex& index) {
    std::vector<std::string> found;
    for (const auto& list : index.renditions) found.push_back(list->name);
    return found;
}

TEST(EncodedSound, IsHeardBesideTheSourceInEveryKindOfPlaylist) {
    Ladder ladder({stereo()});
    Source source(camera(), Ticks());
    ladder.run(source, seconds(20));
    ladder.kill(seconds(1));
    ladder.run(source, seconds(45));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    const stream::SegmentIndex& index = *ladder.rig.segmenter.index();
    EXPECT_THAT(names(index), ElementsAre("source", "stereo"));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iiiiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("stereo")), "iiigiii") << "a worker that dies costs the sound of its segment";
    EXPECT_THAT(hls::multivariant_playlist(index),
                AllOf(HasSubstr("GROUP-ID=\"stereo\""), HasSubstr("AUDIO=\"stereo\"\nsource/index.m3u8\n")));
    EXPECT_THAT(hls_ts::multivariant_playlist(index), HasSubstr("mp4a.40.2\""));
    EXPECT_THAT(dash::manifest(index), HasSubstr("id=\"stereo\""));
}

TEST(EncodedSound, OfAStreamWithoutAPictureHasItsSegmentsByTheSource) {
    Ladder ladder({stereo()});
    Source source(camera(false), Ticks());
    ladder.run(source, seconds(32));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    const stream::SegmentIndex& index = *ladder.rig.segmenter.index();
    EXPECT_THAT(names(index), ElementsAre("stereo"));
    EXPECT_EQ(shape_of(ladder.rig.list("stereo")), "iiiii");
    EXPECT_EQ(index.cuts, 0U);
    EXPECT_THAT(hls::multivariant_playlist(index), HasSubstr("\nstereo/index.m3u8\n"));
}

TEST(EncodedSound, ThatBeginsALittleAfterThePictureIsThereFromTheFirstSegmentOn) {
    for (const double late : {0.0, 0.1, 0.4}) {
        Ladder ladder({stereo()});
        ladder.is_lost = [&](std::size_t, const media::Packet& packet) { return packet.pts < seconds(late); };
        Source source(camera(), Ticks());
        ladder.run(source, seconds(20));
        EXPECT_EQ(ladder.rig.validator.broken(), "");
        EXPECT_EQ(shape_of(ladder.rig.list("stereo")), "iii") << late;
    }
}

TEST(EncodedSound, IsNoLongerNeededWhereAnotherPublisherSendsWhatPlayersTake) {
    Ladder ladder({stereo()});
    Source first(camera(false), Ticks());
    ladder.run(first, seconds(13));
    ladder.flush();
    Source second({.video = false}, first.position(), true);
    ladder.run(second, seconds(45));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("audio", "stereo"));
    EXPECT_THAT(shape_of(ladder.rig.list("audio")), Not(HasSubstr("g")));
}

}  // namespace
}  // namespace weir::package::test

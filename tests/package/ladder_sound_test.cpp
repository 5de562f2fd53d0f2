// Sound that is encoded again beside that of the source.
#include "rungs.hpp"

#include <gmock/gmock.h>

namespace weir::package::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(SoundRungs, SoundThatIsEncodedAgainIsAGroupOfItsOwn) {
    Ladder ladder({{.name = "720p", .width = 1280, .bitrate = 2'500'000},
                   {.name = "stereo", .kind = media::Kind::audio, .delay = 2, .bitrate = 128'000}});
    Source source({.sample_rate = 8000}, Ticks());
    ladder.run(source, seconds(20));
    ladder.kill(seconds(1));
    ladder.run(source, seconds(45));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("source", "720p", "audio", "stereo"));
    EXPECT_EQ(shape_of(ladder.rig.list("audio")), "iiiiiii");
    EXPECT_EQ(shape_of(ladder.rig.list("stereo")), "iiigiii");
    for (const auto& segment : ladder.rig.list("stereo").listed) {
        if (segment->gap) continue;
        const auto frames = samples(*segment);
        const Ticks boundary = first_pictures(ladder.rig.list("source")).at(segment->sequence);
        EXPECT_GE(frames.front().pts, boundary);
        EXPECT_LT(frames.front().pts, boundary + Ticks::from(1024, 48'000));
        EXPECT_EQ(frames.front().pts, segment->start);
        EXPECT_NEAR(static_cast<double>(frames.size()), 6 * 48'000.0 / 1024, 1);
    }
    const std::string text = hls::multivariant_playlist(*ladder.rig.segmenter.index());
    EXPECT_THAT(text, HasSubstr("GROUP-ID=\"audio\",NAME=\"audio\""));
    EXPECT_THAT(text, HasSubstr("GROUP-ID=\"stereo\",NAME=\"stereo\""));
    EXPECT_THAT(text, HasSubstr("AUDIO=\"audio\"\nsource/index.m3u8\n"));
    EXPECT_THAT(text, HasSubstr("AUDIO=\"stereo\"\n720p/index.m3u8\n"));
}

TEST(SoundRungs, SoundAloneMayHaveARungToo) {
    Ladder ladder({{.name = "stereo", .kind = media::Kind::audio, .delay = 2}});
    Source source({.video = false, .sample_rate = 8000}, Ticks());
    ladder.run(source, seconds(32));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_EQ(shape_of(ladder.rig.list("stereo")), "iiiii");
    EXPECT_THAT(hls::multivariant_playlist(*ladder.rig.segmenter.index()),
                AllOf(HasSubstr("\naudio/index.m3u8\n"), HasSubstr("\nstereo/index.m3u8\n")));
}

TEST(SoundRungs, AReturningPublisherBreaksSoundThatIsEncodedAgainWithAllOthers) {
    Ladder ladder({{}, {.name = "stereo", .kind = media::Kind::audio, .delay = 2}});
    Source first({}, Ticks());
    ladder.run(first, seconds(15));
    ladder.flush();
    ladder.rig.pause = 10s;
    Source second({}, seconds(15), true);
    ladder.run(second, seconds(35));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    for (const char* name : {"source", "360p", "audio", "stereo"})
        EXPECT_EQ(shape_of(ladder.rig.list(name)), "iii|iii") << name;
}

}  // namespace
}  // namespace weir::package::test

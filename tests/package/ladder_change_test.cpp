// What players see of a stream that gets another ladder while it runs.
#include "manifest_watch.hpp"
#include "rungs.hpp"

#include <gmock/gmock.h>

namespace weir::package::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

config::StreamOptions with_window(std::chrono::milliseconds window) {
    config::StreamOptions options;
    options.window = window;
    return options;
}

std::vector<RungShape> other_rungs() {
    return {{.name = "720p", .width = 960, .delay = 14, .bitrate = 1'500'000},
            {.name = "240p", .width = 426, .delay = 9, .bitrate = 300'000}};
}

/// A ladder whose manifests are looked at as well.
class Changing {
  public:
    explicit Changing(const std::vector<RungShape>& shapes, std::chrono::milliseconds window = 30s)
        : ladder(shapes, with_window(window)) {}
    void run(Source& source, Ticks until) {
        while (source.position() < until) {
            ladder.write(source.next());
            watch.look(ladder.rig.segmenter.index());
        }
        EXPECT_EQ(ladder.rig.validator.broken(), "");
        EXPECT_EQ(watch.broken(), "");
    }
    [[nodiscard]] const stream::SegmentList& list(std::string_view name) const { return ladder.rig.list(name); }
    [[nodiscard]] std::string multivariant() const { return hls::multivariant_playlist(*ladder.rig.segmenter.index()); }
    [[nodiscard]] std::vector<std::string> names() const { return test::names(*ladder.rig.segmenter.index()); }

    Ladder ladder;
    ManifestWatch watch;
};

TEST(AnotherLadder, HasItsRungsWithTheNumbersOfTheSourceAndThoseThatAreGoneLeaveWithTheWindow) {
    Changing stream(two_rungs(), 60s);
    Source source({.reordered = true}, Ticks());
    stream.run(source, seconds(33));
    stream.ladder.change(other_rungs());
    EXPECT_THAT(stream.multivariant(), Not(HasSubstr("360p"))) << "at once";
    stream.run(source, seconds(57));
    EXPECT_THAT(stream.multivariant(), AllOf(HasSubstr("720p"), HasSubstr("240p"), Not(HasSubstr("360p"))));
    EXPECT_EQ(shape_of(stream.list("source")), "iiiiii|iii") << "720p has another header";
    EXPECT_EQ(shape_of(stream.list("720p")), "iiiiig|iii");
    EXPECT_EQ(shape_of(stream.list("360p")), "iiiiig|ggg") << "on which a player changes to another";
    EXPECT_EQ(shape_of(stream.list("240p")), "|iii");
    EXPECT_THAT(sequences(stream.list("240p")), ElementsAre(6, 7, 8));
    for (const char* rung : {"720p", "240p"}) {
        expect_whole(stream.list(rung), 30);
        for (const auto& [sequence, picture] : first_pictures(stream.list(rung)))
            EXPECT_EQ(picture, first_pictures(stream.list("source")).at(sequence)) << rung;
    }
    stream.run(source, seconds(120));
    EXPECT_THAT(stream.names(), ElementsAre("source", "720p", "240p", "audio"));
    stream.ladder.change(two_rungs());
    stream.run(source, seconds(150));
    EXPECT_THAT(stream.multivariant(), AllOf(HasSubstr("720p"), HasSubstr("360p"), Not(HasSubstr("240p"))));
}

TEST(AnotherLadder, ThatIsNoneLeavesTheSourceAsItIs) {
    Changing stream(two_rungs());
    Source source({}, Ticks());
    stream.run(source, seconds(21));
    stream.ladder.change({});
    EXPECT_THAT(stream.multivariant(), AllOf(HasSubstr("source/"), Not(HasSubstr("360p"))));
    stream.run(source, seconds(100));
    EXPECT_THAT(stream.names(), ElementsAre("source", "audio"));
    EXPECT_THAT(shape_of(stream.list("source")), Not(HasSubstr("g")));
    stream.ladder.change(two_rungs());
    stream.run(source, seconds(150));
    EXPECT_THAT(stream.names(), ElementsAre("source", "720p", "360p", "audio"));
    EXPECT_THAT(shape_of(stream.list("source")) + shape_of(stream.list("360p")), Not(HasSubstr("g")));
}

TEST(AnotherLadder, ThatHasARungBackWhileItsGapsAreListedGoesOnWithIt) {
    Changing stream(two_rungs(), 60s);
    Source source({}, Ticks());
    stream.run(source, seconds(21));
    stream.ladder.change(other_rungs());
    stream.run(source, seconds(33));
    stream.ladder.change(two_rungs());
    EXPECT_THAT(stream.multivariant(), Not(HasSubstr("360p"))) << "it has nothing yet";
    stream.run(source, seconds(50));
    EXPECT_EQ(shape_of(stream.list("360p")), "iiig|gg|ii");
    EXPECT_EQ(shape_of(stream.list("source")), "iiii|ii|ii");
    EXPECT_THAT(stream.multivariant(), AllOf(HasSubstr("360p"), Not(HasSubstr("240p"))));
}

TEST(AnotherLadder, WhoseRungsHaveTheSameHeadersIsNoDiscontinuity) {
    Changing stream(two_rungs());
    Source source({}, Ticks());
    stream.run(source, seconds(21));
    stream.ladder.change({{.name = "360p", .width = 640, .delay = 9, .bitrate = 300'000}});
    stream.run(source, seconds(50));
    EXPECT_EQ(shape_of(stream.list("source")), "iiiii");
    EXPECT_EQ(shape_of(stream.list("360p")), "giiii");
}

TEST(AnotherLadder, InQuickSuccessionLeavesNothingBehind) {
    Ladder ladder(two_rungs(), with_window(30s));
    Source source({}, Ticks());
    ladder.run(source, seconds(12));
    for (int turn = 0; turn < 10; ++turn) {
        ladder.change(turn % 2 == 0 ? other_rungs() : std::vector<RungShape>{});
        ladder.run(source, seconds(13.5 + turn * 1.5));
    }
    ladder.change(other_rungs());
    ladder.run(source, seconds(110));
    EXPECT_EQ(ladder.rig.validator.broken(), "");
    EXPECT_THAT(names(*ladder.rig.segmenter.index()), ElementsAre("source", "720p", "240p", "audio"));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), shape_of(ladder.rig.list("240p")));
    EXPECT_EQ(shape_of(ladder.rig.list("source")), "iiiii");
}

TEST(AnotherLadder, ThatIsNoneKeepsTheSoundThatIsEncodedBesideTheSource) {
    const RungShape stereo{.name = "stereo", .kind = media::Kind::audio, .delay = 2, .bitrate = 128'000};
    Changing stream({two_rungs()[0], stereo});
    Source source({.sample_rate = 8000}, Ticks());
    stream.run(source, seconds(21));
    stream.ladder.change({stereo});
    stream.run(source, seconds(80));
    EXPECT_THAT(stream.names(), ElementsAre("source", "audio", "stereo"));
    EXPECT_THAT(shape_of(stream.list("stereo")), Not(HasSubstr("g")));
    stream.ladder.change({other_rungs()[0], other_rungs()[1], stereo});
    stream.run(source, seconds(130));
    EXPECT_THAT(stream.names(), ElementsAre("source", "720p", "240p", "audio", "stereo"));
    EXPECT_THAT(stream.multivariant(), HasSubstr("AUDIO=\"stereo\"\n240p/index.m3u8\n"));
    EXPECT_EQ(shape_of(stream.list("source")), shape_of(stream.list("audio")));
}

}  // namespace
}  // namespace weir::package::test

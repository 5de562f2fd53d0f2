#include "config/streams.hpp"
#include "config/load.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

TEST(Streams, PatternsMatchAsPeopleExpect) {
    struct Row {
        const char* pattern;
        const char* id;
        bool matches;
    };
    const Row rows[] = {
        {"cam/*", "cam/gate", true},
        {"cam/*", "cam/", true},
        {"cam/*", "camera/gate", false},
        {"*", "live/demo", true},
        {"*/demo", "live/demo", true},
        {"*/demo", "live/demo2", false},
        {"cam*", "cam1/x", true},
        {"live/a*b*c", "live/abc", true},
        {"live/a*b*c", "live/axxbyyc", true},
        {"live/a*b*c", "live/axxbyy", false},
        {"live/demo", "live/demo", true},
        {"live/demo", "live/demo2", false},
        {"live/*aab", "live/aaaaab", true},
        {"**", "a/b", true},
        {"", "a/b", false},
        {"*", "", true},
        {"*a*a*a*a*a*b", "a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(matches(row.pattern, row.id), row.matches) << row.pattern << " of " << row.id;
    }
}

TEST(Streams, TheLastMatchWinsAndTheExactNameIsLast) {
    const auto config = load({.text = R"(
streams:
  defaults:   { hold: 1s, timeout: 5s }
  live/gate:  { hold: 2s }
  "*":        { hold: 3s, takeover: refuse }
  "live/*":   { hold: 4s, segment: 2s }
  "cam/*":    { hold: 5s }
)"});
    ASSERT_TRUE(config.has_value());
    const StreamOptions gate = options_for(*config, "live/gate");
    EXPECT_EQ(gate.hold, 2s) << "the exact name";
    EXPECT_EQ(gate.segment, 2s) << "what the exact name does not say, its patterns do";
    EXPECT_EQ(gate.takeover, Takeover::refuse);
    EXPECT_EQ(gate.timeout, 5s);
    EXPECT_EQ(options_for(*config, "live/demo").hold, 4s);
    EXPECT_EQ(options_for(*config, "cam/gate").hold, 5s);
    EXPECT_EQ(options_for(*config, "cam/gate").segment, 6s);
    EXPECT_EQ(options_for(*config, "x/y").hold, 3s);
}

TEST(Streams, AnOptionIsSetFromTextOrRefusedInWords) {
    StreamOptions options;
    EXPECT_TRUE(set_option(options, "hold", "1m").has_value());
    EXPECT_EQ(options.hold, 60s);
    EXPECT_TRUE(set_option(options, "ladder", "none").has_value());
    EXPECT_TRUE(set_option(options, "ladder", "standard").has_value()) << "back to the default";
    const StreamOptions before = options;
    EXPECT_EQ(set_option(options, "hold", "721h").error(), "\"721h\" is out of range; write a value from 0s to 720h");
    EXPECT_EQ(set_option(options, "hodl", "1s").error(), "\"hodl\" is not an option of a stream; did you mean hold?");
    EXPECT_EQ(set_option(options, "record", "true").error(),
              "\"true\" is not what this version of Weir can do yet; leave it out, or at its default, false");
    EXPECT_EQ(options, before) << "a refused option changes nothing";
}

}  // namespace
}  // namespace weir::config

#include "config/difference.hpp"
#include "config/load.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

Config config_of(const char* text) {
    const auto loaded = load({.text = text});
    EXPECT_TRUE(loaded.has_value()) << text;
    return loaded.value_or(Config{});
}

/// One line per change: "http.listen: :8080 -> :8081 (listener)".
std::string changes(const Config& from, const Config& to) {
    std::string out;
    for (const ChangedKey& changed : difference(from, to)) {
        EXPECT_EQ(changed.section, changed.key.substr(0, changed.key.find('.')));
        const char* const names[] = {"live", "new_streams", "listener", "process"};
        out += changed.key + ": " + changed.from + " -> " + changed.to + " (" +
               names[static_cast<std::size_t>(changed.change)] + ")\n";
    }
    return out;
}

TEST(Difference, AnUntouchedFileChangesNothing) {
    EXPECT_EQ(changes(Config{}, Config{}), "");
    EXPECT_EQ(changes(Config{}, config_of("streams: { defaults: { hold: 15000ms } }")), "");
}

TEST(Difference, EachChangeSaysWhenItTakesEffect) {
    EXPECT_EQ(changes(Config{}, config_of(R"(
log: { level: debug }
http: { listen: ":8081" }
rtmp: { listen: "" }
limits: { threads: 2, streams: 5 }
auth: { publish: key, keys: [hunter2] }
streams: { defaults: { segment: 4s } }
)")),
              "auth.keys: (secret) -> (secret) (live)\n"
              "auth.publish: loopback -> key (live)\n"
              "http.listen: :8080 -> :8081 (listener)\n"
              "limits.streams: 1000 -> 5 (live)\n"
              "limits.threads: auto -> 2 (process)\n"
              "log.level: info -> debug (live)\n"
              "rtmp.listen: :1935 -> \"\" (listener)\n"
              "streams.defaults.segment: 6s -> 4s (new_streams)\n");
}

TEST(Difference, RulesOfStreamsComeAndGo) {
    const Config before = config_of("streams: { cam/*: { hold: 1s }, live/*: { hold: 2s }, x/y: { hold: 3s } }");
    const Config after = config_of("streams: { live/*: { hold: 4s }, cam/*: { hold: 1s }, a/b: { ladder: none } }");
    EXPECT_EQ(changes(before, after),
              "streams: [cam/*, live/*] -> [live/*, cam/*] (new_streams)\n"
              "streams.a/b.ladder:  -> none (live)\n"
              "streams.live/*.hold: 2s -> 4s (live)\n"
              "streams.x/y.hold: 3s ->  (live)\n");
}

TEST(Difference, LaddersAndHooksAreComparedWhole) {
    Config changed;
    changed.ladders["standard"].pop_back();
    changed.hooks.push_back({.url = "http://127.0.0.1/", .events = {"stream.started"}, .secret = "hunter2"});
    const std::string told = changes(Config{}, changed);
    EXPECT_EQ(
        told,
        "hooks: [] -> [{url: http://127.0.0.1/, events: [stream.started], secret: (secret)}] (live)\n"
        "ladders.standard: [{name: 1080p, height: 1080, bitrate: 5M}, {name: 720p, height: 720, bitrate: 2500k}, "
        "{name: 480p, height: 480, bitrate: 1200k}, {name: 360p, height: 360, bitrate: 600k}] -> [{name: 1080p, "
        "height: 1080, bitrate: 5M}, {name: 720p, height: 720, bitrate: 2500k}, {name: 480p, height: 480, bitrate: "
        "1200k}] (new_streams)\n");
    Config other = changed;
    other.hooks[0].secret = "changed";
    EXPECT_EQ(difference(changed, other).size(), 1U) << "a changed secret is a change";
}

TEST(Difference, WhenIsSaidInWords) {
    EXPECT_EQ(describe(Change::live), "at once");
    EXPECT_EQ(describe(Change::new_streams), "for streams that start afterwards");
}

}  // namespace
}  // namespace weir::config

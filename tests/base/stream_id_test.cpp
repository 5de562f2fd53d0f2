#include "base/stream_id.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace weir::base {
namespace {

TEST(StreamId, NamesThatPeopleGiveAreAccepted) {
    const std::string longest(64, 'a');
    for (const std::string& text :
         {std::string("live/demo"), std::string("cam/front.door_2-b"), std::string("a/b"), std::string("live/a..b"),
          std::string("live/-"), std::string("live/v1.0"), std::string("live/source"), std::string("API/x"),
          std::string("live/api"), std::string("live/ts"), std::string("live/mp4"), longest + "/" + longest}) {
        const auto id = parse_stream_id(text);
        ASSERT_TRUE(id.has_value()) << text;
        EXPECT_EQ(id->text(), text);
    }
    EXPECT_EQ(parse_stream_id("live/demo")->app, "live");
    EXPECT_EQ(parse_stream_id("live/demo")->name, "demo");
}

TEST(StreamId, EverythingElseIsRefusedWithItsReason) {
    struct Row {
        std::string text;
        const char* reason;  ///< a part of what the publisher is told
    };
    const Row rows[] = {
        {"", "one segment"},
        {"demo", "one segment"},
        {"live/", "missing"},
        {"/demo", "missing"},
        {"/", "missing"},
        {"live/demo/720p", "more than two"},
        {"/live/demo", "more than two"},
        {"live//demo", "more than two"},
        {"../../etc/passwd", "more than two"},
        {"../passwd", "start with '.'"},
        {"live/..", "start with '.'"},
        {"live/.hidden", "start with '.'"},
        {"live?vhost=a.example/demo", "letters"},
        {"live/demo?token=x", "letters"},
        {"live/<script>", "letters"},
        {"live/de mo", "letters"},
        {"live/d\xC3\xA9mo", "letters"},
        {std::string("live/de\0mo", 10), "letters"},
        {"live/demo\n", "letters"},
        {"live/%2e%2e", "letters"},
        {"live\\demo/x", "letters"},
        {"live/" + std::string(65, 'a'), "64"},
        {std::string(65, 'a') + "/demo", "64"},
        {"live/demo.m3u8", "extension"},
        {"live/demo.live.flv", "extension"},
        {"live/demo.FLV", "extension"},
        {"live/x.mpd", "extension"},
        {"live/x.m4s", "extension"},
        {"live/x.mp4", "extension"},
        {"live/x.ts", "extension"},
        {"live/x.aac", "extension"},
        {"live/x.jpg", "extension"},
        {"live.ts/demo", "extension"},
        {"api/v1", "reserved"},
        {"vod/x", "reserved"},
        {"rtc/x", "reserved"},
        {"metrics/x", "reserved"},
        {"health/x", "reserved"},
        {"ready/x", "reserved"},
        {"assets/x", "reserved"},
    };
    for (const Row& row : rows) {
        const auto id = parse_stream_id(row.text);
        ASSERT_FALSE(id.has_value()) << row.text;
        EXPECT_TRUE(id.error().text.contains(row.reason)) << row.text << ": " << id.error().text;
    }
}

TEST(StreamId, ARungIsNotNamedAsAnotherAddress) {
    for (const std::string_view reserved : {"source", "audio", "stereo", "whip", "whep"}) {
        EXPECT_FALSE(check_rung_name(reserved).has_value()) << reserved;
    }
    EXPECT_TRUE(check_rung_name("720p").has_value());
    EXPECT_FALSE(check_rung_name("").has_value());
    EXPECT_FALSE(check_rung_name("a/b").has_value());
}

TEST(StreamId, KeysAMap) {
    const std::unordered_set<StreamId> ids{{"live", "demo"}, {"live", "gate"}, {"live", "demo"}};
    EXPECT_EQ(ids.size(), 2U);
    EXPECT_LT((StreamId{"a", "z"}), (StreamId{"b", "a"}));
}

}  // namespace
}  // namespace weir::base

#include "config/overlay.hpp"

#include "config/load.hpp"
#include "config/streams.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

/// The options of an entry, as the API has them from a body.
DocumentNode options(std::string_view json) {
    auto parsed = parse_document(json);
    EXPECT_TRUE(parsed) << json;
    return *std::move(parsed);
}

Config base(
    const std::string& text = "streams: { \"live/*\": { hold: 20s }, live/demo: { timeout: 7s, takeover: refuse } }") {
    auto config = load({.file = "weir.yaml", .text = text});
    EXPECT_TRUE(config) << config.error().front().text();
    return *std::move(config);
}

TEST(Overlay, AnEntryWinsOverTheFileOptionByOption) {
    Config config = base();
    const StreamEntry entry{.options = options(R"({"timeout": "30s", "ladder": "none"})")};
    EXPECT_EQ(lay_over(config, "live/demo", entry, "streams.json"), Problems{});
    const StreamOptions now = options_for(config, "live/demo");
    EXPECT_EQ(now.timeout, 30s);
    EXPECT_EQ(now.ladder, "none");
    EXPECT_EQ(now.takeover, Takeover::refuse) << "what the file says besides stays";
    EXPECT_EQ(now.hold, 20s);
    EXPECT_EQ(options_for(config, "live/other").timeout, 10s) << "others are left alone";
}

TEST(Overlay, WhatDoesNotFitIsToldWithItsKeyAndChangesNothing) {
    struct Case {
        const char* options;
        const char* key;
        const char* says;
    };
    const Case cases[] = {
        {R"({"hold": "soon"})", "streams.live/demo.hold", "duration"},
        {R"({"hold": "30s", "timeout": "1h"})", "streams.live/demo.timeout", "range"},
        {R"({"hodl": "30s"})", "streams.live/demo", "no key"},
        {R"({"ladder": "big"})", "streams.live/demo.ladder", "no ladder"},
        {R"({"window": "5s", "segment": "6s"})", "streams.live/demo.window", "three segments"},
        {R"({"takeover": "maybe"})", "streams.live/demo.takeover", "silent"},
        {R"({"record": "true"})", "streams.live/demo.record", "not what this version"},
        {R"({"ladder": [{"name": "720p"}]})", "streams.live/demo.ladder", "height"},
        {R"({"ladder": [{"name": "720p", "height": 1, "bitrate": "1M"}]})", "streams.live/demo.ladder.height", "range"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.options);
        Config config = base();
        const Config before = config;
        const Problems problems = lay_over(config, "live/demo", {.options = options(one.options)}, "streams.json");
        ASSERT_FALSE(problems.empty());
        EXPECT_EQ(problems.front().key, one.key);
        EXPECT_NE((problems.front().what + problems.front().mend).find(one.says), std::string::npos)
            << problems.front().text();
        EXPECT_EQ(config.streams, before.streams);
        EXPECT_EQ(config.ladders, before.ladders);
    }
}

TEST(Overlay, AStreamMayHaveALadderOfItsOwn) {
    Config config = base();
    const StreamEntry one{.options = options(R"({"ladder": [{"name": "360p", "height": 360, "bitrate": "600k"}]})")};
    EXPECT_EQ(lay_over(config, "live/demo", one, ""), Problems{});
    const std::string name = options_for(config, "live/demo").ladder;
    EXPECT_TRUE(is_own_ladder(name));
    ASSERT_TRUE(config.ladders.contains(name));
    EXPECT_EQ(config.ladders.at(name).front().height, 360U);

    Config other = base();
    const StreamEntry two{.options = options(R"({"ladder": [{"name": "360p", "height": 360, "bitrate": "700k"}]})")};
    EXPECT_EQ(lay_over(other, "live/demo", two, ""), Problems{});
    EXPECT_NE(options_for(other, "live/demo").ladder, name) << "another bit rate is another option";
}

TEST(Overlay, ANullTakesAnOptionBackToTheFiles) {
    DocumentNode set = options(R"({"hold": "30s", "timeout": "9s"})");
    change_options(set, options(R"({"hold": null, "takeover": "replace"})"));
    Config config = base();
    EXPECT_EQ(lay_over(config, "live/demo", {.options = set}, ""), Problems{});
    EXPECT_EQ(options_for(config, "live/demo").hold, 20s);
    EXPECT_EQ(options_for(config, "live/demo").timeout, 9s);
    EXPECT_EQ(options_for(config, "live/demo").takeover, Takeover::replace);
}

TEST(Overlay, WhatIsWrittenReadsBackEqual) {
    Overlay overlay;
    overlay.streams["live/a.b"] = {
        .created = 1'800'000'000,
        .options =
            options(R"({"hold": "30s", "ladder": [{"name": "360p", "height": 360, "bitrate": "600k"}], "backup": ""})"),
        .pushes = {{.id = "1", .url = "rtmp://host/live/k\"e\\y?a=b", .rung = "source"},
                   {.id = "2", .url = "rtmps://host/live/x", .rung = "360p"}}};
    overlay.streams["live/empty"] = {.created = 1};
    const std::string text = print_overlay(overlay);
    const auto read = parse_overlay("streams.json", text);
    ASSERT_TRUE(read) << read.error().front().text();
    EXPECT_EQ(print_overlay(*read), text);
    EXPECT_EQ(read->streams.at("live/a.b").pushes, overlay.streams.at("live/a.b").pushes);
    EXPECT_EQ(read->streams.at("live/a.b").created, 1'800'000'000U);
    EXPECT_EQ(print_overlay(*parse_overlay("", print_overlay({}))), print_overlay({}));
}

TEST(Overlay, ABrokenFileIsToldWithItsPlace) {
    struct Case {
        const char* text;
        const char* says;
    };
    const Case cases[] = {
        {"", "no object"},
        {"{\"streams\": {\"live/demo\": {\"options\": {\"hold\"", "streams.json:1"},
        {"[]", "no object"},
        {R"({"stream": {}})", "stream"},
        {R"({"streams": {"no id": {}}})", "no id"},
        {R"({"streams": {"live/demo": {"optoins": {}}}})", "optoins"},
        {R"({"streams": {"live/demo": {"created": "today"}}})", "Unix"},
        {R"({"streams": {"live/demo": {"push": [{"uri": "x"}]}}})", "uri"},
    };
    for (const Case& one : cases) {
        const auto read = parse_overlay("streams.json", one.text);
        ASSERT_FALSE(read) << one.text;
        EXPECT_NE(read.error().front().text().find(one.says), std::string::npos) << read.error().front().text();
        EXPECT_NE(read.error().front().text().find("streams.json"), std::string::npos);
    }
}

TEST(Streams, WhatChangedIsToldWithWhenItHolds) {
    StreamOptions from;
    StreamOptions to;
    to.hold = 30s;
    to.ladder = "none";
    to.segment = 4s;
    to.source.addresses = {"rtmp://user:word@host/live/x"};
    const std::vector<ChangedOption> expected{{"ladder", "none", Change::live},
                                              {"segment", "4s", Change::new_streams},
                                              {"hold", "30s", Change::live},
                                              {"source", "(secret)", Change::live}};
    EXPECT_EQ(changed_options(from, to), expected);
    take_live_options(from, to);
    EXPECT_EQ(from.hold, 30s);
    EXPECT_EQ(from.ladder, "none");
    EXPECT_EQ(from.segment, 6s);
}

}  // namespace
}  // namespace weir::config

// What a DASH player gets of a stream's snapshot: the manifest, the time, and segments while they are being made.
#include "endpoint/http_dash.hpp"

#include "endpoint/http_media.hpp"
#include "net/route_answers.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;
using stream::test::at;
using stream::test::ms;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t epoch = 1'800'000'000;

std::vector<net::Route> all_routes(HttpDash& dash, HttpMedia& media) {
    std::vector<net::Route> routes = dash.routes();
    for (net::Route& route : media.routes()) routes.push_back(std::move(route));
    return routes;
}

class HttpDashTest : public testing::Test {
  protected:
    HttpDashTest() {
        list.name = "source";
        list.track = stream::test::video_track();
        list.peak_bitrate = 1'000'000;
        for (int i = 0; i < 3; ++i) list.listed.push_back(segment(i, {"01234", "56789"}));
        show();
    }

    std::shared_ptr<stream::Segment> segment(int number, std::initializer_list<std::string_view> parts) {
        auto segment = std::make_shared<stream::Segment>();
        segment->sequence = epoch + static_cast<std::uint64_t>(number);
        segment->start = ms(number * 6000);
        segment->wall = at(number * 6s).wall;
        segment->init = init;
        for (const std::string_view text : parts) {
            segment->parts.push_back({.duration = ms(3000),
                                      .independent = true,
                                      .bytes = {base::Bytes::copy_of(text)},
                                      .size = text.size()});
            segment->duration += ms(3000);
        }
        return segment;
    }
    void show() {
        auto index = std::make_shared<stream::SegmentIndex>();
        index->epoch = epoch;
        index->target_duration = ms(6000);
        index->part_target = ms(3000);
        index->ended = is_over;
        index->renditions = {std::make_shared<const stream::SegmentList>(list)};
        index->periods = {{.sequence = epoch, .start = {}, .wall = at(0s).wall}};
        shelf.made.back()->index = std::move(index);
        registry.refresh(demo, now);
        demo->tell_index();
    }
    net::HttpResponse get(std::string_view target, std::string_view fields = {}) {
        net::HttpResponse response = answers.get(target, fields, now);
        shard.drain();
        return response;
    }
    static std::shared_ptr<net::HttpGrowth> growth(const net::HttpResponse& response) {
        const auto* body = std::get_if<std::shared_ptr<net::HttpGrowth>>(&response.body);
        return body != nullptr ? *body : nullptr;
    }
    /// What came since, once the stream was looked at again.
    std::string taken(net::HttpGrowth& body) {
        answers.shard().context().restart();
        answers.shard().context().run_for(50ms);
        std::string text;
        for (const base::Bytes& piece : body.take()) text += base::as_text(piece.view());
        return text;
    }

    std::shared_ptr<const stream::InitSegment> init =
        std::make_shared<stream::InitSegment>(stream::InitSegment{.hash = "0123456789abcdef",
                                                                  .bytes = base::Bytes::copy_of("header"),
                                                                  .track = stream::test::video_track(),
                                                                  .timescale = 90'000});
    stream::SegmentList list;
    bool is_over = false;
    base::Now now = at(0s);
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::test::Studio studio;
    stream::Registry registry{{.streams = 10}, shelf.factory(), studio.factory()};
    HttpDash dash{{.registry = registry, .shards = 1}};
    HttpMedia media{{.registry = registry, .shards = 1}};
    net::RouteAnswers answers{all_routes(dash, media)};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
};

TEST_F(HttpDashTest, AWindowThatSomebodyAskedForIsNotKeptWhenItHasPassed) {
    const std::weak_ptr<const stream::SegmentIndex> passed = registry.segments({"live", "demo"});
    (void)get("/live/demo/manifest.mpd");
    show();
    demo->tick(now);
    EXPECT_TRUE(passed.expired());
}

TEST_F(HttpDashTest, APlayerFindsItsWayFromTheManifestToTheBytes) {
    const auto manifest = get("/live/demo/manifest.mpd");
    EXPECT_EQ(code(manifest.status), 200U);
    EXPECT_EQ(manifest.content_type, "application/dash+xml");
    EXPECT_EQ(net::field_of(manifest, "Cache-Control"), "public, max-age=1");
    const std::string text = net::text_of(manifest);
    EXPECT_THAT(text, HasSubstr("startNumber=\"1800000000\" initialization=\"source/init-0123456789abcdef.mp4\" "
                                "media=\"source/1800000000-$Number$.m4s\""));
    EXPECT_THAT(text, HasSubstr("<S t=\"0\" d=\"540000\" r=\"2\"/>"));
    EXPECT_EQ(net::text_of(get("/live/demo/source/init-0123456789abcdef.mp4")), "header");
    EXPECT_EQ(net::text_of(get("/live/demo/source/1800000000-1800000002.m4s")), "0123456789");
    EXPECT_EQ(code(get("/live/demo/manifest.mpd", "If-None-Match: " + manifest.etag + "\r\n").status), 304U);
    EXPECT_EQ(dash.counts().manifests.value(), 2U);
}

TEST_F(HttpDashTest, WhoIsThereIsToldOfTheEndBeforeTheManifestIsStatic) {
    demo->stop("it is over", now);
    demo->tick(now);
    is_over = true;
    show();
    const auto manifest = [&] { return net::text_of(get("/live/demo/manifest.mpd")); };
    // Twice the period of updates, which is that of a part here, and two seconds: 8 s; and what the end is behind the media.
    EXPECT_THAT(manifest(), AllOf(HasSubstr(" type=\"dynamic\" "), HasSubstr("Duration=\"PT1800000026.01S\" ")));
    now = {now.instant + 7s, now.wall + 7s};
    EXPECT_THAT(manifest(), HasSubstr(" type=\"dynamic\" "));
    now = {now.instant + 2s, now.wall + 2s};
    EXPECT_THAT(manifest(), AllOf(HasSubstr(" type=\"static\" "), HasSubstr("Duration=\"PT1800000018.01S\" ")));
}

TEST_F(HttpDashTest, TheOtherAddressLeadsThere) {
    const auto moved = get("/live/demo.mpd?token=x");
    EXPECT_EQ(code(moved.status), 302U);
    EXPECT_EQ(net::field_of(moved, "Location"), "/live/demo/manifest.mpd?token=x");
    EXPECT_EQ(net::text_of(get("/live/none/manifest.mpd")), "no stream of that name is live\n");
}

TEST_F(HttpDashTest, ThePlayersClockIsOurs) {
    const auto time = get("/time");
    EXPECT_EQ(net::text_of(time).size(), std::string_view("2027-01-15T08:00:00.000Z").size());
    EXPECT_EQ(net::field_of(time, "Cache-Control"), "no-store");
    const std::string before = net::text_of(time);
    now.wall += 1500ms;
    EXPECT_NE(net::text_of(get("/time")), before);
}

TEST_F(HttpDashTest, ItsViewersAreCounted) {
    for (int i = 0; i < 3; ++i) (void)get("/live/demo/manifest.mpd", "User-Agent: dash.js\r\n");
    (void)get("/live/demo/manifest.mpd", "User-Agent: shaka\r\n");
    now = {now.instant + 1s, now.wall + 1s};
    demo->tick(now);
    EXPECT_EQ(demo->viewers()[stream::ViewerProtocol::dash], 2U);
    EXPECT_EQ(demo->viewers()[stream::ViewerProtocol::hls], 0U);
}

TEST_F(HttpDashTest, ASegmentIsSentAsItIsMade) {
    list.open = segment(3, {"first"});
    show();
    EXPECT_THAT(net::text_of(get("/live/demo/manifest.mpd")), HasSubstr("<S t=\"0\" d=\"540000\" r=\"3\"/>"));
    const auto response = get("/live/demo/source/1800000000-1800000003.m4s");
    EXPECT_EQ(code(response.status), 200U);
    EXPECT_EQ(response.content_type, "video/mp4");
    EXPECT_EQ(response.etag, "\"1800000000-1800000003\"");
    const auto body = growth(response);
    ASSERT_NE(body, nullptr);
    EXPECT_EQ(taken(*body), "first");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::growing);
    list.open = segment(3, {"first", "second"});
    show();
    EXPECT_EQ(taken(*body), "second");
    list.open = nullptr;
    list.listed.push_back(segment(3, {"first", "second", "third"}));
    show();
    EXPECT_EQ(taken(*body), "third");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::whole);
    EXPECT_EQ(net::text_of(get("/live/demo/source/1800000000-1800000003.m4s")), "firstsecondthird");
}

TEST_F(HttpDashTest, ASegmentThatBreaksOffIsNeverWhole) {
    list.open = segment(3, {"first"});
    show();
    const auto body = growth(get("/live/demo/source/1800000000-1800000003.m4s"));
    ASSERT_NE(body, nullptr);
    auto gap = segment(3, {"first", ""});
    gap->parts.back().gap = true;
    list.open = gap;
    show();
    EXPECT_EQ(taken(*body), "first");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::broken);
}

TEST_F(HttpDashTest, ASegmentIsSentByThePiecesOfItsPartsWhereThereAreSome) {
    list.open = segment(3, {"first"});
    list.under_way = {.sequence = epoch + 3, .part = 1, .duration = {}, .bytes = {base::Bytes::copy_of("sec")}};
    show();
    const auto body = growth(get("/live/demo/source/1800000000-1800000003.m4s"));
    ASSERT_NE(body, nullptr);
    EXPECT_EQ(taken(*body), "firstsec");
    auto whole = segment(3, {"first", "second"});
    whole->parts.back().bytes = {list.under_way.bytes.front(), base::Bytes::copy_of("ond")};
    list.under_way = {};
    list.open = whole;
    show();
    EXPECT_EQ(taken(*body), "ond");
    list.open = nullptr;
    list.listed.push_back(whole);
    show();
    EXPECT_EQ(taken(*body), "");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::whole);
}

TEST_F(HttpDashTest, WhatHasNotBegunIsNotThere) {
    list.open = segment(3, {"first"});
    show();
    for (const char* none : {"1800000000-1800000004", "1800000001-1800000003"})
        EXPECT_EQ(code(get("/live/demo/source/" + std::string(none) + ".m4s").status), 404U) << none;
}

}  // namespace
}  // namespace weir::endpoint

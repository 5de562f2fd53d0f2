// What low-latency players ask for before it is there, over the routes: blocking playlists, parts that are being made, delta
// updates, and what caches may keep of the answers.
#include "endpoint/http_media.hpp"

#include "net/route_answers.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using stream::test::at;
using stream::test::ms;

constexpr std::uint64_t epoch = 1'800'000'000;

/// Segments of twelve parts; of the last one only `parts`.
stream::SegmentIndexRef index_of(std::size_t whole, std::size_t parts, bool ended = false) {
    auto list = std::make_shared<stream::SegmentList>();
    list->name = "source";
    list->track = stream::test::video_track();
    const auto segment = [&](std::size_t number, std::size_t count) {
        auto made = std::make_shared<stream::Segment>();
        made->sequence = epoch + number;
        made->start = ms(static_cast<std::int64_t>(number) * 6000);
        made->duration = ms(static_cast<std::int64_t>(count) * 500);
        made->wall = at(number * 6s).wall;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string text = std::to_string(number) + '-' + std::to_string(i) + ';';
            made->parts.push_back({.duration = ms(500),
                                   .independent = i == 0,
                                   .bytes = {base::Bytes::copy_of(text)},
                                   .size = text.size()});
            made->size += text.size();
        }
        return made;
    };
    for (std::size_t i = 0; i < whole; ++i) list->listed.push_back(segment(i, 12));
    if (parts != 0) list->open = segment(whole, parts);
    list->peak_bitrate = list->average_bitrate = 1'000'000;
    auto index = std::make_shared<stream::SegmentIndex>();
    index->epoch = epoch;
    index->target_duration = ms(6000);
    index->part_target = ms(500);
    index->ended = ended;
    index->renditions = {list};
    return index;
}

/// A slice that is worth a write, and how a letter is read back.
constexpr std::size_t slice_size = 16 * 1024;
base::Bytes slice(char letter) { return base::Bytes::copy_of(std::string(slice_size, letter)); }

/// The same, with a part that is being made, which the next piece may end, and the bytes of the one before.
stream::SegmentIndexRef under_way(std::size_t whole, std::size_t parts, std::vector<base::Bytes> slices,
                                  std::vector<base::Bytes> last = {}, media::Ticks duration = ms(400)) {
    auto index = std::make_shared<stream::SegmentIndex>(*index_of(whole, parts));
    auto list = std::make_shared<stream::SegmentList>(*index->renditions.front());
    list->under_way = {.sequence = epoch + whole, .part = parts, .duration = duration, .bytes = std::move(slices)};
    if (!last.empty()) {
        auto open = std::make_shared<stream::Segment>(*list->open);
        open->parts.back().bytes = std::move(last);
        list->open = std::move(open);
    }
    index->renditions = {list};
    return index;
}

class LowLatencyTest : public testing::Test {
  protected:
    LowLatencyTest() { show(index_of(8, 3)); }

    void show(stream::SegmentIndexRef index) {
        shelf.made.back()->index = std::move(index);
        demo->tell_index();
    }
    /// Once so many wait.
    void show_soon(stream::SegmentIndexRef index, std::int64_t waiting = 1) {
        boost::asio::post(answers.shard().context(), [this, waiting, index = std::move(index)] {
            waited_for = media.wait_counts().waiting.value();
            if (waited_for < waiting) return show_soon(index, waiting);
            was_followed = demo->is_followed();
            show(index);
        });
    }
    net::HttpResponse get(const std::string& query) {
        return answers.get("/live/demo/source/index.m3u8?" + query, {}, now);
    }
    net::HttpResponse part(const std::string& name) { return answers.get("/live/demo/source/" + name, {}, now); }
    /// What came since: of each slice its first letter.
    std::string taken(net::HttpGrowth& body) {
        answers.shard().context().restart();
        answers.shard().context().run_for(50ms);
        std::string text;
        for (const base::Bytes& piece : body.take()) text += base::as_text(piece.view()).front();
        return text;
    }
    static bool has(const net::HttpResponse& response, std::string_view text) {
        return net::text_of(response).find(text) != std::string::npos;
    }

    base::Now now = base::read_clocks();
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::test::Studio studio;
    stream::Registry registry{{.streams = 10}, shelf.factory(), studio.factory()};
    HttpMedia media{{.registry = registry, .shards = 1, .waiters = {.waiting = 2}}};
    net::RouteAnswers answers{media.routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
    std::int64_t waited_for = 0;
    bool was_followed = false;
};

TEST_F(LowLatencyTest, APlaylistComesWithThePartThatWasAskedFor) {
    show_soon(index_of(8, 4));
    const auto response = get("_HLS_msn=1800000008&_HLS_part=3");
    EXPECT_EQ(code(response.status), 200U);
    EXPECT_TRUE(has(response, "1800000000-1800000008-3.m4s\"\n"));
    EXPECT_EQ(waited_for, 1);
    EXPECT_TRUE(was_followed);
    EXPECT_EQ(media.wait_counts().waiting.value(), 0);
    EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=36");
}

TEST_F(LowLatencyTest, WhatIsThereIsNotWaitedFor) {
    for (const char* query :
         {"_HLS_msn=1800000008&_HLS_part=2", "_HLS_msn=1800000007", "_HLS_msn=3", "_HLS_msn=1800000007&_HLS_part=12"})
        EXPECT_TRUE(has(get(query), "1800000000-1800000008-2.m4s\"\n")) << query;
    EXPECT_EQ(waited_for, 0);
}

TEST_F(LowLatencyTest, AWholeSegmentIsWaitedForAcrossItsParts) {
    show_soon(index_of(8, 4));
    show_soon(index_of(9, 0));
    const auto response = get("_HLS_msn=1800000008");
    EXPECT_TRUE(has(response, "\n1800000000-1800000008.m4s\n"));
}

TEST_F(LowLatencyTest, APartBeyondTheLastIsTheFirstOfTheNextSegment) {
    show_soon(index_of(9, 1));
    EXPECT_TRUE(has(get("_HLS_msn=1800000008&_HLS_part=5"), "1800000000-1800000009-0.m4s\""));
}

TEST_F(LowLatencyTest, NonsenseIsABadRequestAtOnce) {
    for (const char* query : {"_HLS_part=3", "_HLS_msn=x", "_HLS_msn=1800000010", "_HLS_msn=1800000008&_HLS_part=10"}) {
        const auto response = get(query);
        EXPECT_EQ(code(response.status), 400U) << query;
        EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=1") << query;
    }
}

TEST_F(LowLatencyTest, NobodyWaitsForMoreThanThreeTargetDurations) {
    now.instant -= 18s;
    const auto response = get("_HLS_msn=1800000008&_HLS_part=3");
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=1");
}

TEST_F(LowLatencyTest, AStreamThatEndsAnswersThoseWhoWait) {
    show_soon(index_of(9, 0, true));
    EXPECT_TRUE(has(get("_HLS_msn=1800000008&_HLS_part=3"), "#EXT-X-ENDLIST"));
    EXPECT_EQ(code(get("_HLS_msn=1800009999&_HLS_part=3").status), 200U);
}

TEST_F(LowLatencyTest, ADeltaUpdateIsShorterThanThePlaylist) {
    show(index_of(12, 3));
    const auto whole = get("");
    const auto delta = get("_HLS_skip=YES");
    EXPECT_TRUE(has(delta, "#EXT-X-SKIP:SKIPPED-SEGMENTS=5\n")) << net::text_of(delta);
    EXPECT_FALSE(has(whole, "#EXT-X-SKIP"));
    EXPECT_NE(whole.etag, delta.etag);
    EXPECT_EQ(net::text_of(get("")), net::text_of(whole));  // each form has a text of its own
}

TEST_F(LowLatencyTest, PartsHaveAddressesOfTheirOwn) {
    const auto response = part("1800000000-1800000008-2.m4s");
    EXPECT_EQ(code(response.status), 200U);
    EXPECT_EQ(net::text_of(response), "8-2;");
    EXPECT_EQ(response.content_type, "video/mp4");
    EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(net::text_of(part("1800000000-1800000001-11.m4s")), "1-11;");
}

TEST_F(LowLatencyTest, AHintedPartIsAnsweredWhenItIsMade) {
    show_soon(index_of(8, 4));
    EXPECT_EQ(net::text_of(part("1800000000-1800000008-3.m4s")), "8-3;");
    show_soon(index_of(9, 1));
    EXPECT_EQ(net::text_of(part("1800000000-1800000009-0.m4s")), "9-0;");
}

TEST_F(LowLatencyTest, AHintedPartIsSentAsItIsMade) {
    const base::Bytes a = slice('a');
    const base::Bytes b = slice('b');
    show_soon(under_way(8, 3, {a}));
    const auto response = part("1800000000-1800000008-3.m4s");
    EXPECT_EQ(code(response.status), 200U);
    EXPECT_EQ(response.etag, "\"1800000000-1800000008-3\"");
    const auto body = std::get<std::shared_ptr<net::HttpGrowth>>(response.body);
    EXPECT_EQ(taken(*body), "a");
    show(under_way(8, 3, {a, b}));
    EXPECT_EQ(taken(*body), "b");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::growing);
    show(under_way(8, 4, {}, {a, b, base::Bytes::copy_of("c")}));
    EXPECT_EQ(taken(*body), "c");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::whole);
}

TEST_F(LowLatencyTest, WhoAsksForAPartThatOthersAreBeingSentHasAllOfItToo) {
    const base::Bytes a = slice('a');
    const base::Bytes b = slice('b');
    const auto ask = [&] {
        return std::get<std::shared_ptr<net::HttpGrowth>>(part("1800000000-1800000008-3.m4s").body);
    };
    show_soon(under_way(8, 3, {a}));
    auto leaves = ask();
    show_soon(under_way(8, 3, {a, b}), 2);
    const auto second = ask();
    EXPECT_EQ(taken(*leaves), "ab");
    EXPECT_EQ(taken(*second), "ab");
    leaves.reset();
    show_soon(under_way(8, 3, {a, b, b}), 2);
    const auto third = ask();
    EXPECT_EQ(media.wait_counts().waiting.value(), 1) << "the two wait as one";
    show(under_way(8, 4, {}, {a, b, b, base::Bytes::copy_of("c")}));
    EXPECT_EQ(taken(*second), "bc");
    EXPECT_EQ(second->state(), net::HttpGrowth::State::whole);
    EXPECT_EQ(taken(*third), "abbc");
    EXPECT_EQ(third->state(), net::HttpGrowth::State::whole);
    EXPECT_EQ(media.wait_counts().waiting.value(), 0);
}

TEST_F(LowLatencyTest, PiecesOfAPartGatherUntilTheNextIsTheLast) {
    const base::Bytes piece = slice('p');
    show_soon(under_way(8, 3, {piece}, {}, ms(100)));
    show_soon(under_way(8, 3, {piece, piece, piece}, {}, ms(300)));
    show_soon(under_way(8, 3, {piece, piece, piece, piece}, {}, ms(400)));
    const auto body = std::get<std::shared_ptr<net::HttpGrowth>>(part("1800000000-1800000008-3.m4s").body);
    EXPECT_EQ(body->take().size(), 4U);
    show(under_way(8, 4, {}, {piece, piece, piece, piece, piece}));
    EXPECT_EQ(taken(*body), "p");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::whole);
}

TEST_F(LowLatencyTest, PiecesOfAPartGatherUntilTheyAreWorthAWrite) {
    const base::Bytes piece = slice('p');
    const base::Bytes large = base::Bytes::copy_of(std::string(7 * slice_size, 'l'));
    show_soon(under_way(8, 3, {piece}, {}, ms(100)));
    show_soon(under_way(8, 3, {piece, large}, {}, ms(200)));
    const auto body = std::get<std::shared_ptr<net::HttpGrowth>>(part("1800000000-1800000008-3.m4s").body);
    EXPECT_EQ(body->take().size(), 2U);
    show(under_way(8, 4, {}, {piece, large, piece}));
    EXPECT_EQ(taken(*body), "p");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::whole);
}

TEST_F(LowLatencyTest, ASmallPartComesAsAWhole) {
    const base::Bytes piece = base::Bytes::copy_of("small;");
    show_soon(under_way(8, 3, {piece, piece, piece, piece}, {}, ms(400)));
    show_soon(under_way(8, 4, {}, {piece, piece, piece, piece, piece}));
    EXPECT_EQ(net::text_of(part("1800000000-1800000008-3.m4s")), "small;small;small;small;small;");
}

TEST_F(LowLatencyTest, APartThatWasThrownAwayAndMadeAnewIsNotSentAsTheSame) {
    show_soon(under_way(8, 3, {slice('a')}));
    const auto response = part("1800000000-1800000008-3.m4s");
    const auto body = std::get<std::shared_ptr<net::HttpGrowth>>(response.body);
    EXPECT_EQ(taken(*body), "a");
    show(under_way(8, 3, {slice('b'), slice('c')}));
    EXPECT_EQ(taken(*body), "");
    EXPECT_EQ(body->state(), net::HttpGrowth::State::broken);
}

TEST_F(LowLatencyTest, AHintThatDidNotComeTrueAndAnAddressOutOfThinAirAreNotFoundForAMoment) {
    auto shorter = std::make_shared<stream::SegmentIndex>(*index_of(9, 1));
    auto list = std::make_shared<stream::SegmentList>(*shorter->renditions.front());
    auto segment = std::make_shared<stream::Segment>(*list->listed.back());
    segment->parts.resize(3);
    list->listed.back() = segment;
    shorter->renditions = {list};
    show_soon(shorter);
    for (const char* name : {"1800000000-1800000008-3.m4s", "1800000001-1800000009-1.m4s",
                             "1800000000-1800000009-2.m4s", "1800000000-1800000012-0.m4s"}) {
        const auto response = part(name);
        EXPECT_EQ(code(response.status), 404U) << name;
        EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=1") << name;
    }
}

TEST_F(LowLatencyTest, ManyWhoWaitWakeTogetherAndOneTooManyIsToldSo) {
    std::vector<unsigned> codes;
    const auto ask = [&] {
        auto request = proto::http::parse_request(
            "GET /live/demo/source/index.m3u8?_HLS_msn=1800000008&_HLS_part=3 HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto held = std::make_shared<proto::http::Request>(*std::move(request));
        const auto match = answers.router().match(*held);
        const auto context = std::make_shared<net::RequestContext>(net::RequestContext{
            .shard = answers.shard(), .now = now, .peer = answers.peer, .captures = match.captures, .body = {}});
        boost::asio::co_spawn(answers.shard().context(),
                              std::get<net::AwaitableHandler>(match.route->handler)(*held, *context),
                              [&codes, held, context](const std::exception_ptr&, const net::HttpResponse& response) {
                                  codes.push_back(code(response.status));
                              });
        answers.shard().context().poll();
    };
    for (int i = 0; i < 3; ++i) ask();
    EXPECT_EQ(codes, std::vector{503U});
    EXPECT_EQ(media.wait_counts().refused.value(), 1U);
    show(index_of(8, 4));
    answers.shard().context().poll();
    EXPECT_EQ(codes, (std::vector{503U, 200U, 200U}));
    EXPECT_EQ(media.wait_counts().waiting.value(), 0);
}

}  // namespace

}  // namespace weir::endpoint

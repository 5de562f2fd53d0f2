#include "endpoint/http_media.hpp"

#include "net/route_answers.hpp"
#include "package/hls.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using stream::test::at;
using stream::test::ms;

constexpr std::uint64_t epoch = 1'800'000'000;

std::shared_ptr<const stream::SegmentList> list_of(std::uint64_t first, std::size_t count,
                                                   media::Kind kind = media::Kind::video) {
    auto list = std::make_shared<stream::SegmentList>();
    list->name = kind == media::Kind::video ? "source" : "stereo";
    list->kind = kind;
    list->track = kind == media::Kind::video ? stream::test::video_track() : stream::test::audio_track();
    const auto init = std::make_shared<stream::InitSegment>(
        stream::InitSegment{.hash = "0123456789abcdef", .bytes = base::Bytes::copy_of("header"), .track = list->track});
    for (std::size_t i = 0; i < count; ++i) {
        auto segment = std::make_shared<stream::Segment>();
        segment->sequence = first + i;
        segment->start = ms(static_cast<std::int64_t>(i) * 6000);
        segment->duration = ms(6000);
        segment->wall = at(i * 6s).wall;
        segment->init = init;
        segment->size = 10;
        segment->parts = {
            {.duration = ms(3000), .independent = true, .bytes = {base::Bytes::copy_of("01234")}, .size = 5},
            {.duration = ms(3000), .bytes = {base::Bytes::copy_of("567"), base::Bytes::copy_of("89")}, .size = 5}};
        list->listed.push_back(std::move(segment));
    }
    list->peak_bitrate = list->average_bitrate = 1'000'000;
    return list;
}

class HttpMediaTest : public testing::Test {
  protected:
    void show_segments(std::uint64_t first, std::size_t count, bool with_sound = false) {
        auto index = std::make_shared<stream::SegmentIndex>();
        index->epoch = epoch;
        index->target_duration = ms(6000);
        index->renditions = {list_of(first, count)};
        if (with_sound) index->renditions.push_back(list_of(first, count, media::Kind::audio));
        shelf.made.back()->index = std::move(index);
        registry.refresh(demo, at(0s));
    }
    net::HttpResponse get(std::string_view target, std::string_view fields = {}) {
        net::HttpResponse response = answers.get(target, fields, now);
        shard.drain();
        return response;
    }
    /// They are counted once a second.
    std::uint32_t hls_viewers() {
        now = {now.instant + 1s, now.wall + 1s};
        demo->tick(now);
        return demo->viewers()[stream::ViewerCounts::hls];
    }

    /// A second of pictures: the ladder is decided on, and its rungs run.
    void send() {
        const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
        const auto tracks = stream::test::both();
        for (int t = 0; t <= 1000; t += 40)
            demo->push(*publication, {{stream::test::video(t, t == 0), tracks}}, {}, now);
        tick();
    }
    void tick() {
        demo->tick(now);
        registry.refresh(demo, now);
    }

    base::Now now = at(0s);
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::test::Studio studio;
    stream::Registry registry{{.streams = 10}, shelf.factory(), studio.factory()};
    HttpMedia media{{.registry = registry, .shards = 1}};
    net::RouteAnswers answers{media.routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
};

TEST_F(HttpMediaTest, AStreamThatBeginsAnewLeavesWhatWasListedBeforeToItsViewers) {
    show_segments(epoch, 3);
    const std::string segment = "/live/demo/source/1800000000-1800000002.m4s";
    const std::string part = "/live/demo/source/1800000000-1800000002-1.m4s";
    const std::string header = "/live/demo/source/init-0123456789abcdef.mp4";
    demo->stop("over", at(1s));
    ASSERT_TRUE(registry.open({"live", "demo"}, {}, shard, at(2s)));
    EXPECT_EQ(net::text_of(get(segment)), "0123456789");
    EXPECT_EQ(net::text_of(get(part)), "56789");
    EXPECT_EQ(net::text_of(get(header)), "header");
    EXPECT_EQ(code(get("/live/demo/source/init-0123456789abcdee.mp4").status), 404U);
    EXPECT_EQ(code(get("/live/demo/source/1800000000-1800000009.m4s").status), 404U);
}

TEST_F(HttpMediaTest, APlayerFindsItsWayFromTheStreamToTheBytes) {
    show_segments(epoch, 3);
    const auto master = get("/live/demo/index.m3u8");
    EXPECT_EQ(code(master.status), 200U);
    EXPECT_EQ(master.content_type, "application/vnd.apple.mpegurl");
    EXPECT_NE(net::text_of(master).find("\nsource/index.m3u8\n"), std::string::npos) << net::text_of(master);

    const std::string playlist = net::text_of(get("/live/demo/source/index.m3u8"));
    EXPECT_NE(playlist.find("URI=\"init-0123456789abcdef.mp4\""), std::string::npos) << playlist;
    EXPECT_NE(playlist.find("\n1800000000-1800000002.m4s\n"), std::string::npos) << playlist;

    EXPECT_EQ(net::text_of(get("/live/demo/source/init-0123456789abcdef.mp4")), "header");
    const auto segment = get("/live/demo/source/1800000000-1800000002.m4s");
    EXPECT_EQ(net::text_of(segment), "0123456789");
    EXPECT_EQ(segment.content_type, "video/mp4");
}

TEST_F(HttpMediaTest, AWindowThatSomebodyAskedForIsNotKeptWhenItHasPassed) {
    show_segments(epoch, 3);
    const std::weak_ptr<const stream::SegmentIndex> passed = registry.segments({"live", "demo"});
    (void)get("/live/demo/index.m3u8");
    (void)get("/live/demo/source/index.m3u8");
    show_segments(epoch + 3, 3);
    tick();
    EXPECT_TRUE(passed.expired());
}

TEST_F(HttpMediaTest, CachesMayKeepObjectsForEverAndPlaylistsForAMoment) {
    show_segments(epoch, 3);
    for (const std::string_view object :
         {"/live/demo/source/init-0123456789abcdef.mp4", "/live/demo/source/1800000000-1800000000.m4s"})
        EXPECT_EQ(net::field_of(get(object), "Cache-Control"), "public, max-age=31536000, immutable") << object;
    for (const std::string_view playlist : {"/live/demo/index.m3u8", "/live/demo/source/index.m3u8"}) {
        const auto response = get(playlist);
        EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=1") << playlist;
        const auto again = get(playlist, "If-None-Match: " + response.etag + "\r\n");
        EXPECT_EQ(code(again.status), 304U) << playlist;
    }
}

TEST_F(HttpMediaTest, APlaylistIsNewWhenTheSegmentsAre) {
    show_segments(epoch, 3);
    const auto before = get("/live/demo/source/index.m3u8");
    show_segments(epoch + 1, 3);
    const auto after = get("/live/demo/source/index.m3u8", "If-None-Match: " + before.etag + "\r\n");
    EXPECT_EQ(code(after.status), 200U);
    EXPECT_NE(net::text_of(after), net::text_of(before));
}

TEST_F(HttpMediaTest, RangesOfSegmentsGoAcrossTheirParts) {
    show_segments(epoch, 1);
    const auto part = get("/live/demo/source/1800000000-1800000000.m4s", "Range: bytes=3-8\r\n");
    EXPECT_EQ(code(part.status), 206U);
    EXPECT_EQ(net::text_of(part), "345678");
}

TEST_F(HttpMediaTest, WhatIsNotThereIsSaidInWords) {
    show_segments(epoch, 3);
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"/live/none/index.m3u8", "no stream of that name is live\n"},
        {"/live/none/source/index.m3u8", "no stream of that name is live\n"},
        {"/live/%3Cscript%3E/index.m3u8", "no stream of that name is live\n"},
        {"/metrics/v1/index.m3u8", "no stream of that name is live\n"},
        {"/live/demo/720p/index.m3u8", "the stream has no such rendition\n"},
        {"/live/demo/source/1800000000-1800000003.m4s", "the segment has left the window, or never was in it\n"},
        {"/live/demo/source/1800000001-1800000000.m4s", "the segment has left the window, or never was in it\n"},
        {"/live/demo/source/x.m4s", "the segment has left the window, or never was in it\n"},
        {"/live/demo/source/init-0.mp4", "no segment needs that header any more\n"},
    };
    for (const auto& [target, words] : cases) {
        const auto response = get(target);
        EXPECT_EQ(code(response.status), 404U) << target;
        EXPECT_EQ(net::text_of(response), words) << target;
    }
}

TEST_F(HttpMediaTest, OldAddressesLeadToTheSameStream) {
    show_segments(epoch, 3);
    const std::string index = net::text_of(get("/live/demo/index.m3u8"));
    EXPECT_EQ(net::text_of(get("/live/demo/master.m3u8")), index);
    EXPECT_EQ(net::text_of(get("/live/demo/playlist.m3u8")), index);
    const auto moved = get("/live/demo.m3u8?token=x");
    EXPECT_EQ(code(moved.status), 302U);
    EXPECT_EQ(net::field_of(moved, "Location"), "/live/demo/index.m3u8?token=x");
}

TEST_F(HttpMediaTest, AViewerIsAnAddressAndAPlayerSeenLately) {
    show_segments(epoch, 3);
    for (int i = 0; i < 5; ++i) (void)get("/live/demo/source/index.m3u8", "User-Agent: hls.js\r\n");
    EXPECT_EQ(hls_viewers(), 1U);
    (void)get("/live/demo/source/index.m3u8", "User-Agent: mpv\r\n");
    answers.peer = boost::asio::ip::make_address("2001:db8::7");
    (void)get("/live/demo/source/index.m3u8", "User-Agent: mpv\r\n");
    EXPECT_EQ(hls_viewers(), 3U);
    now = at(60s);
    (void)get("/live/demo/source/index.m3u8", "User-Agent: mpv\r\n");
    EXPECT_EQ(hls_viewers(), 1U);
}

TEST_F(HttpMediaTest, TheFirstPlayersWaitForTheFirstSegmentAndTheLadder) {
    now = base::read_clocks();
    boost::asio::post(answers.shard().context(), [&] {
        show_segments(epoch, 1);
        boost::asio::post(answers.shard().context(), [&] { send(); });
    });
    EXPECT_EQ(code(get("/live/demo/index.m3u8").status), 200U);
}

TEST_F(HttpMediaTest, TheFirstPlayersAreNotDeafWhereTheSoundIsARungThatIsOnItsWay) {
    studio.plan.push_back({.name = "stereo", .kind = media::Kind::audio, .bitrate = 128'000});
    now = base::read_clocks();
    boost::asio::post(answers.shard().context(), [&] {
        show_segments(epoch, 1);
        send();
        boost::asio::post(answers.shard().context(), [&] { show_segments(epoch, 1, true); });
    });
    const std::string playlist = net::text_of(get("/live/demo/index.m3u8"));
    EXPECT_NE(playlist.find("stereo/index.m3u8"), std::string::npos) << playlist;
}

TEST_F(HttpMediaTest, SoundThatMp4HasNoPlaceForIsSaidAtOnce) {
    studio.makes_nothing = true;
    now = base::read_clocks();
    media::Track track = stream::test::audio_track(8000);
    track.codec = media::Codec::pcma;
    const auto tracks = std::make_shared<media::TrackSet>(media::TrackSet{{track}});
    const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
    for (int t = 0; t <= 1000; t += 20) demo->push(*publication, {{stream::test::audio(t), tracks}}, {}, now);
    tick();
    const auto response = get("/live/demo/index.m3u8");
    EXPECT_EQ(code(response.status), 404U);
    EXPECT_EQ(net::text_of(response), "the stream has nothing that MP4 can carry: MP4 has no entry for G.711\n");
}

TEST_F(HttpMediaTest, AStreamWithoutAKeyframeSaysSoInTheEnd) {
    now = at(-25s);  // on the steady clock this is long ago
    const auto response = get("/live/demo/index.m3u8");
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::field_of(response, "Retry-After"), "2");
}

}  // namespace

}  // namespace weir::endpoint

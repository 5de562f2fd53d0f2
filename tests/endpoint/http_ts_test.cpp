#include "endpoint/http_ts.hpp"

#include "net/route_answers.hpp"
#include "package/rig.hpp"
#include "stream/house.hpp"

#include <gtest/gtest.h>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using package::test::epoch;
using stream::test::at;

class HttpTsTest : public testing::Test {
  protected:
    void SetUp() override {
        rig.run(source, media::Ticks::seconds(20));
        shelf.made.back()->index = rig.segmenter.index();
        registry.refresh(demo, at(0s));
    }
    net::HttpResponse get(std::string_view target, std::string_view fields = {}) {
        net::HttpResponse response = answers.get(target, fields, at(0s));
        shard.drain();
        return response;
    }
    static std::string segment(std::uint64_t number) {
        return fmt::format("/live/demo/source/{}-{}.ts", epoch, epoch + number);
    }

    package::test::Source source{{}, media::Ticks()};
    package::test::Rig rig;
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::Registry registry{{.streams = 10}, shelf.factory()};
    HttpTs ts{{.registry = registry, .shards = 1}};
    net::RouteAnswers answers{ts.routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
};

TEST_F(HttpTsTest, AnOldPlayerFindsItsWayFromTheStreamToTheBytes) {
    const auto master = get("/live/demo/ts.m3u8");
    EXPECT_EQ(code(master.status), 200U);
    EXPECT_EQ(master.content_type, "application/vnd.apple.mpegurl");
    EXPECT_NE(net::text_of(master).find("\nsource/ts.m3u8\n"), std::string::npos) << net::text_of(master);
    const std::string playlist = net::text_of(get("/live/demo/source/ts.m3u8"));
    EXPECT_NE(playlist.find(fmt::format("\n{}-{}.ts\n", epoch, epoch + 1)), std::string::npos) << playlist;
    const auto response = get(segment(1));
    EXPECT_EQ(response.content_type, "video/mp2t");
    EXPECT_EQ(net::field_of(response, "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(net::text_of(response).front(), 0x47);
    EXPECT_EQ(net::text_of(response).size() % 188, 0U);
    EXPECT_EQ(code(get(segment(1), "Range: bytes=0-187\r\n").status), 206U);
}

TEST_F(HttpTsTest, WhatAPlaylistListsIsThereAtOnceWhateverTheLastSnapshotShows) {
    rig.run(source, media::Ticks::seconds(26));
    shelf.made.back()->index = rig.segmenter.index();
    demo->tell_index();
    const std::uint64_t newest = rig.list("source").listed.back()->sequence - epoch;
    const std::string playlist = net::text_of(get("/live/demo/source/ts.m3u8"));
    ASSERT_NE(playlist.find(fmt::format("\n{}-{}.ts\n", epoch, epoch + newest)), std::string::npos) << playlist;
    EXPECT_EQ(get(segment(newest)).content_type, "video/mp2t");
}

TEST_F(HttpTsTest, ASegmentIsMadeOnceForAllWhoAsk) {
    const std::string first = net::text_of(get(segment(1)));
    EXPECT_EQ(net::text_of(get(segment(1))), first);
    EXPECT_EQ(ts.counts().made.value(), 1U);
    (void)get(segment(0));
    EXPECT_EQ(ts.counts().made.value(), 2U);
    EXPECT_GT(ts.counts().kept_bytes.value(), static_cast<std::int64_t>(first.size()));
}

TEST_F(HttpTsTest, WhatIsKeptHasALimit) {
    const auto size = static_cast<std::int64_t>(net::text_of(get(segment(1))).size());
    HttpTs small{{.registry = registry,
                  .shards = 1,
                  .limits = {.kept = base::ByteCount(static_cast<std::uint64_t>(size) * 3 / 2)}}};
    net::RouteAnswers asked{small.routes()};
    for (const std::uint64_t number : {0U, 1U, 1U, 0U, 0U}) (void)asked.get(segment(number), {}, at(0s));
    EXPECT_EQ(small.counts().made.value(), 3U);
    EXPECT_LE(small.counts().kept_bytes.value(), size * 3 / 2);
}

TEST_F(HttpTsTest, WhileMemoryIsFullNothingIsMade) {
    registry.set_limits({.streams = 10, .memory = base::ByteCount(1)});
    const auto response = get(segment(1));
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::field_of(response, "Retry-After"), "2");
    EXPECT_EQ(ts.counts().made.value(), 0U);
    EXPECT_EQ(ts.counts().kept_bytes.value(), 0);
}

TEST_F(HttpTsTest, WhereNothingCanBeCarriedTheReasonOfEachTrackIsSaid) {
    const auto vp9 = media::track_from_config(media::Codec::vp9, tests::from_hex("01000000000b820202020000")).value();
    package::test::Rig pictures;
    package::test::Source source({.audio = false, .other_video = vp9}, media::Ticks());
    pictures.run(source, media::Ticks::seconds(20));
    shelf.made.back()->index = pictures.segmenter.index();
    // Its sound is no rendition: MP4 has no place for it either.
    media::Track sound = stream::test::audio_track(8000);
    sound.codec = media::Codec::pcma;
    const auto tracks = std::make_shared<media::TrackSet>(media::TrackSet{{vp9, sound}});
    const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, at(0s));
    for (int t = 0; t <= 1000; t += 40)
        demo->push(*publication, {{stream::test::video(t, t == 0), tracks}}, {}, at(0s));
    registry.refresh(demo, at(0s));
    const auto response = get("/live/demo/ts.m3u8");
    EXPECT_EQ(code(response.status), 404U);
    EXPECT_EQ(net::text_of(response),
              "the stream has nothing that HLS of MPEG-TS can carry: MPEG-TS has no mapping for VP9; MP4 has no entry "
              "for G.711\n");
    EXPECT_EQ(code(get("/live/demo/source/ts.m3u8").status), 404U);
    EXPECT_EQ(code(get(segment(1)).status), 404U);
}

TEST_F(HttpTsTest, WhatIsNotThereIsSaidInWords) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"/live/none/ts.m3u8", "no stream of that name is live\n"},
        {"/live/demo/720p/ts.m3u8", "the stream has no such rendition\n"},
        {segment(99), "the segment has left the window, or never was in it\n"},
        {"/live/demo/source/x.ts", "the segment has left the window, or never was in it\n"},
    };
    for (const auto& [target, words] : cases) {
        const auto response = get(target);
        EXPECT_EQ(code(response.status), 404U) << target;
        EXPECT_EQ(net::text_of(response), words) << target;
    }
}

}  // namespace

}  // namespace weir::endpoint

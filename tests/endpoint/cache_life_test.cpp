// Every kind of answer at a media address, and how long a cache may keep it.
#include "endpoint/cache_life.hpp"

#include "endpoint/http_dash.hpp"
#include "endpoint/http_iframes.hpp"
#include "endpoint/http_logs.hpp"
#include "endpoint/http_media.hpp"
#include "endpoint/http_ts.hpp"
#include "net/route_answers.hpp"
#include "package/rig.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using stream::ViewerProtocol;
using stream::test::at;
using stream::test::ms;

struct Answer {
    std::string target;
    unsigned status;
    std::string_view life;
    std::string_view fields{};
};

class CacheLifeTest : public testing::Test {
  protected:
    CacheLifeTest() {
        package::test::Source source({}, media::Ticks());
        rig.run(source, media::Ticks::seconds(20));
        shelf.made.back()->index = rig.segmenter.index();
        const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
        const auto tracks = stream::test::both();
        for (int t = 0; t <= 1000; t += 40)
            demo->push(*publication, {{stream::test::video(t, t == 0), tracks}}, {}, now);
        demo->tick(now);
        registry.refresh(demo, now);
        demo->tell_index();
    }
    std::vector<net::Route> routes() {
        std::vector<net::Route> all = dash.routes();
        for (auto& some : {ts.routes(), iframes.routes(), media.routes(), logs.routes()})
            all.insert(all.end(), some.begin(), some.end());
        return all;
    }
    net::HttpResponse get(const Answer& wanted) {
        net::HttpResponse response = answers.get(wanted.target, wanted.fields, now);
        shard.drain();
        return response;
    }
    void check(const Answer& wanted) {
        const auto response = get(wanted);
        EXPECT_EQ(code(response.status), wanted.status) << wanted.target;
        EXPECT_EQ(net::field_of(response, "Cache-Control"), wanted.life) << wanted.target;
        EXPECT_EQ(net::field_of(response, "Vary"), "") << wanted.target;
        EXPECT_EQ(net::field_of(response, "Set-Cookie"), "") << wanted.target;
    }

    base::Now now = at(0s);
    package::test::Rig rig;
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::test::Studio studio;
    stream::Registry registry{{.streams = 10}, shelf.factory(), studio.factory()};
    std::vector<std::unique_ptr<net::BroadcastHub>> hubs{1};
    stream::WireFormat flv{.name = "flv", .create = nullptr, .longest = ms(1000)};
    std::array<LogForm, 1> forms{{{".flv", "video/x-flv", ViewerProtocol::flv, &flv, &flv}}};
    HttpDash dash{{.registry = registry, .shards = 1}};
    HttpTs ts{{.registry = registry, .shards = 1}};
    HttpIFrames iframes{registry};
    HttpMedia media{{.registry = registry, .shards = 1}};
    HttpLogs logs{{.registry = registry, .hubs = hubs, .forms = forms}};
    net::RouteAnswers answers{routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
};

TEST_F(CacheLifeTest, EachKindOfAnswerIsKeptAsLongAsItIsTrue) {
    using namespace cache_life;
    const auto& list = rig.list("source");
    const std::string rung = "/live/demo/source/";
    const std::string stem = fmt::format("{}-{}", package::test::epoch, list.listed.back()->sequence);
    const std::string blocked = fmt::format("index.m3u8?_HLS_msn={}&_HLS_part=0", list.listed.back()->sequence);
    const std::string six_targets =
        fmt::format("public, max-age={}", shelf.made.back()->index->target_duration.to(1) * 6);
    const Answer table[] = {
        {"/live/demo/index.m3u8", 200, for_a_moment},
        {"/live/demo/master.m3u8", 200, for_a_moment},
        {"/live/demo/playlist.m3u8", 200, for_a_moment},
        {"/live/demo.m3u8?token=x", 302, for_an_hour},
        {rung + "index.m3u8", 200, for_a_moment},
        {rung + "index.m3u8?_HLS_skip=YES", 200, for_a_moment},
        {rung + blocked, 200, six_targets},
        {rung + blocked + "&_HLS_skip=YES", 200, six_targets},
        {rung + "index.m3u8?_HLS_part=1", 400, for_a_moment},
        {rung + "index.m3u8?_HLS_msn=9999999999", 400, for_a_moment},
        {rung + "init-" + list.listed.back()->init->hash + ".mp4", 200, for_ever},
        {rung + stem + ".m4s", 200, for_ever},
        {rung + stem + ".m4s", 206, for_ever, "Range: bytes=0-3\r\n"},
        {rung + stem + ".m4s", 304, for_ever, "If-None-Match: *\r\n"},
        {rung + stem + ".m4s", 416, never, "Range: bytes=999999999-\r\n"},
        {rung + stem + "-0.m4s", 200, for_ever},
        {"/live/demo/ts.m3u8", 200, for_a_moment},
        {rung + "ts.m3u8", 200, for_a_moment},
        {rung + stem + ".ts", 200, for_ever},
        {rung + "iframes.m3u8", 200, for_a_moment},
        {rung + stem + "-0.iframe.mp4", 200, for_ever},
        {"/live/demo/manifest.mpd", 200, for_a_moment},
        {"/live/demo.mpd", 302, for_an_hour},
        {"/time", 200, never},
        {"/live/demo.flv", 200, never},
        {"/live/demo.live.flv", 200, never},
        {"/live/none/index.m3u8", 404, for_a_moment},
        {"/live/none.flv", 404, for_a_moment},
        {"/live/demo/none/index.m3u8", 404, for_a_moment},
        {rung + "1-1.m4s", 404, for_a_moment},
        {rung + "1-1-1.m4s", 404, for_a_moment},
        {rung + "init-0.mp4", 404, for_a_moment},
        {rung + "1-1.ts", 404, for_a_moment},
    };
    for (const Answer& wanted : table) check(wanted);
}

TEST_F(CacheLifeTest, ThePageThatAPersonGetsIsNotKeptForPlayers) {
    const Answer page{"/live/none/index.m3u8", 404, cache_life::never, "Accept: text/html\r\n"};
    check(page);
    EXPECT_EQ(get(page).content_type, "text/html; charset=utf-8");
}

TEST_F(CacheLifeTest, ThatAStreamHasNotBegunIsSaidForAMoment) {
    shelf.made.back()->index = nullptr;
    registry.refresh(demo, now);
    demo->tell_index();
    now = at(-25s);  // on the steady clock this is long ago
    for (const char* target : {"/live/demo/index.m3u8", "/live/demo/source/index.m3u8", "/live/demo/manifest.mpd"})
        check({target, 503, cache_life::for_a_moment});
}

}  // namespace

}  // namespace weir::endpoint

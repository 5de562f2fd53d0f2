#include "endpoint/http_logs.hpp"

#include "net/route_answers.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gtest/gtest.h>

#include <array>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using stream::ViewerProtocol;
using stream::test::at;
using stream::test::ms;

class HttpLogsTest : public testing::Test {
  protected:
    net::HttpResponse get(std::string_view target, std::string_view fields = {}) {
        net::HttpResponse response = answers.get(target, fields, now);
        shard.drain();
        return response;
    }

    base::Now now = at(0s);
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::test::Studio studio;
    stream::Registry registry{{.streams = 10}, shelf.factory(), studio.factory()};
    std::vector<std::unique_ptr<net::BroadcastHub>> hubs{1};
    stream::WireFormat flv{.name = "flv", .create = nullptr, .longest = ms(1000)};
    stream::WireFormat ts{.name = "ts", .create = nullptr, .longest = ms(1000)};
    std::array<LogForm, 2> forms{
        {{".flv", "video/x-flv", &flv, ViewerProtocol::flv}, {".ts", "video/mp2t", &ts, ViewerProtocol::ts}}};
    HttpLogs logs{{.registry = registry, .hubs = hubs, .forms = forms}};
    net::RouteAnswers answers{logs.routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
};

TEST_F(HttpLogsTest, ALogTakesTheSocketOver) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"/live/demo.flv", "video/x-flv"},        {"/live/demo.live.flv", "video/x-flv"},
        {"/live/demo/source.flv", "video/x-flv"}, {"/live/demo.ts", "video/mp2t"},
        {"/live/demo/source.ts", "video/mp2t"},
    };
    for (const auto& [target, type] : cases) {
        const auto response = get(target);
        EXPECT_EQ(code(response.status), 200U) << target;
        EXPECT_EQ(response.content_type, type) << target;
        EXPECT_TRUE(std::holds_alternative<net::HttpTakeover>(response.body)) << target;
        EXPECT_EQ(net::field_of(response, "Cache-Control"), "no-store") << target;
    }
    EXPECT_EQ(logs.counts().viewers[ViewerProtocol::flv].value(), 3U);
    EXPECT_EQ(logs.counts().viewers[ViewerProtocol::ts].value(), 2U);
}

TEST_F(HttpLogsTest, WhatIsNotThereIsSaidInWords) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"/live/none.flv", "no stream of that name is live\n"},
        {"/live/%3Cscript%3E.flv", "no stream of that name is live\n"},
        {"/live/demo/720p.flv", "the stream has no such rendition\n"},
    };
    for (const auto& [target, words] : cases) {
        const auto response = get(target);
        EXPECT_EQ(code(response.status), 404U) << target;
        EXPECT_EQ(net::text_of(response), words) << target;
    }
}

TEST_F(HttpLogsTest, ALogOfARungIsThereOnceTheLadderIsDecidedOn) {
    EXPECT_EQ(code(get("/live/demo/360p.flv").status), 404U);
    studio.plan.insert(studio.plan.begin(), {.name = "720p", .left_out = "the source has its height"});
    const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
    const auto tracks = stream::test::both();
    for (int t = 0; t <= 1000; t += 40) demo->push(*publication, {{stream::test::video(t, t == 0), tracks}}, {}, now);
    registry.refresh(demo, now);
    const auto response = get("/live/demo/360p.flv");
    EXPECT_EQ(code(response.status), 200U);
    EXPECT_TRUE(std::holds_alternative<net::HttpTakeover>(response.body));
    const auto left_out = get("/live/demo/720p.flv");
    EXPECT_EQ(code(left_out.status), 404U);
    EXPECT_EQ(net::text_of(left_out), "the stream does not have this rendition: the source has its height\n");
    EXPECT_EQ(code(get("/live/demo/audio.flv").status), 404U);
}

TEST_F(HttpLogsTest, WhileMemoryIsFullNewViewersAreToldSo) {
    registry.set_limits({.streams = 10, .memory = base::ByteCount(1)});
    const auto response = get("/live/demo.flv");
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::text_of(response), "the memory that `limits.memory` allows is in use; try again in a moment\n");
    EXPECT_EQ(net::field_of(response, "Retry-After"), "2");
    EXPECT_EQ(logs.counts().viewers[ViewerProtocol::flv].value(), 0U);
}

}  // namespace

}  // namespace weir::endpoint

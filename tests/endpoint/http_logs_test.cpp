#include "endpoint/http_logs.hpp"

#include "net/route_answers.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include <array>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using stream::ViewerProtocol;
using stream::test::at;
using stream::test::ms;

bool is_sound(const media::Track& track) noexcept { return track.kind == media::Kind::audio; }
std::string_view why_no_picture(media::Codec codec) noexcept {
    return media::info(codec).kind == media::Kind::video ? "a gramophone shows no pictures" : "";
}
constexpr format::Carriage gramophone{"a gramophone", &is_sound, &why_no_picture};

constexpr std::string_view upgrade =
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

class HttpLogsTest : public testing::Test {
  protected:
    net::HttpResponse get(std::string_view target, std::string_view fields = {}) {
        net::HttpResponse response = answers.get(target, fields, now);
        shard.drain();
        return response;
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
    std::vector<std::unique_ptr<net::BroadcastHub>> hubs{1};
    stream::WireFormat flv{.name = "flv", .create = nullptr, .longest = ms(1000)};
    stream::WireFormat messages{.name = "ws-flv", .create = nullptr, .longest = ms(1000)};
    stream::WireFormat ts{.name = "ts", .create = nullptr, .longest = ms(1000)};
    std::array<LogForm, 2> forms{{{".flv", "video/x-flv", ViewerProtocol::flv, &flv, &messages},
                                  {".ts", "video/mp2t", ViewerProtocol::ts, &ts, nullptr, &gramophone}}};
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

TEST_F(HttpLogsTest, WhoAsksForWebSocketGetsMessages) {
    const auto response = get("/live/demo.flv", upgrade);
    EXPECT_EQ(code(response.status), 101U);
    EXPECT_EQ(response.content_type, "");
    EXPECT_EQ(net::field_of(response, "Upgrade"), "websocket");
    EXPECT_EQ(net::field_of(response, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_TRUE(std::holds_alternative<net::HttpTakeover>(response.body));
    EXPECT_EQ(logs.counts().viewers[ViewerProtocol::ws].value(), 1U);
    EXPECT_EQ(logs.counts().viewers[ViewerProtocol::flv].value(), 0U);
    EXPECT_EQ(code(get("/live/demo.ts", upgrade).status), 200U);  // not offered there
    EXPECT_EQ(code(get("/live/none.flv", upgrade).status), 404U);
}

TEST_F(HttpLogsTest, AWebSocketOfAnotherVersionIsToldWhichOneIsSpoken) {
    const auto response = get("/live/demo.flv",
                              "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    EXPECT_EQ(code(response.status), 426U);
    EXPECT_EQ(net::field_of(response, "Sec-WebSocket-Version"), "13");
    EXPECT_EQ(logs.counts().viewers[ViewerProtocol::ws].value(), 0U);
}

TEST_F(HttpLogsTest, AFormatThatIsAllSoundNeedsSome) {
    const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
    const auto silent = std::make_shared<media::TrackSet>(media::TrackSet{{stream::test::video_track()}});
    for (int t = 0; t <= 1000; t += 40) demo->push(*publication, {{stream::test::video(t, t == 0), silent}}, {}, now);
    registry.refresh(demo, now);
    const auto response = get("/live/demo.ts");
    EXPECT_EQ(code(response.status), 404U);
    EXPECT_EQ(net::text_of(response),
              "the stream has nothing that a gramophone can carry: a gramophone shows no pictures\n");
    EXPECT_EQ(code(get("/live/demo.flv").status), 200U);
}

TEST_F(HttpLogsTest, ARungIsThereByItsOwnTracksWhateverTheSourceHas) {
    studio.plan.push_back({.name = "stereo", .kind = media::Kind::audio, .bitrate = 128'000});
    const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
    const auto silent = std::make_shared<media::TrackSet>(media::TrackSet{{stream::test::video_track()}});
    for (int t = 0; t <= 1000; t += 40) demo->push(*publication, {{stream::test::video(t, t == 0), silent}}, {}, now);
    const auto heard = stream::test::both();
    for (int t = 1000; t <= 1200; t += 20) demo->push(*publication, {{stream::test::audio(t), heard}}, {}, now);
    for (int t = 1200; t <= 1400; t += 40) demo->push(*publication, {{stream::test::video(t), silent}}, {}, now);
    tick();
    EXPECT_EQ(code(get("/live/demo.ts").status), 404U);
    EXPECT_EQ(code(get("/live/demo/stereo.ts").status), 200U);
    const auto refused = get("/live/demo/source.ts");
    EXPECT_EQ(code(refused.status), 404U);
}

TEST_F(HttpLogsTest, WhatIsNotThereIsSaidInWords) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"/live/none.flv", "no stream of that name is live\n"},
        {"/live/%3Cscript%3E.flv", "no stream of that name is live\n"},
    };
    for (const auto& [target, words] : cases) {
        const auto response = get(target);
        EXPECT_EQ(code(response.status), 404U) << target;
        EXPECT_EQ(net::text_of(response), words) << target;
    }
}

TEST_F(HttpLogsTest, WhoAsksForTheLogOfARungInTheFirstSecondWaitsForItsFirstPicture) {
    studio.plan.insert(studio.plan.begin(), {.name = "720p", .left_out = "the source has its height"});
    now = base::read_clocks();
    boost::asio::post(answers.shard().context(), [&] { send(); });
    const auto response = get("/live/demo/360p.flv");
    EXPECT_EQ(code(response.status), 200U);
    EXPECT_TRUE(std::holds_alternative<net::HttpTakeover>(response.body));
    const auto left_out = get("/live/demo/720p.flv");
    EXPECT_EQ(code(left_out.status), 404U);
    EXPECT_EQ(net::text_of(left_out), "the stream does not have this rendition: the source has its height\n");
    const auto unknown = get("/live/demo/audio.flv");
    EXPECT_EQ(code(unknown.status), 404U);
    EXPECT_EQ(net::text_of(unknown), "the stream has no such rendition\n");
}

TEST_F(HttpLogsTest, ALogOfARungThatDoesNotComeIsRefusedInTheEnd) {
    now = at(-25s);  // on the steady clock this is long ago
    const auto undecided = get("/live/demo/360p.flv");
    EXPECT_EQ(code(undecided.status), 503U);
    EXPECT_EQ(net::field_of(undecided, "Retry-After"), "2");
    send();
    studio.stats[0] = {.state = stream::RungState::recovering, .reason = "it crashed"};
    studio.stats[1] = {.state = stream::RungState::failed, .reason = "its workers ended too often"};
    tick();
    const auto restarting = get("/live/demo/360p.flv");
    EXPECT_EQ(code(restarting.status), 503U);
    EXPECT_EQ(net::text_of(restarting), "its worker is being restarted: it crashed\n");
    EXPECT_EQ(code(get("/live/demo/180p.flv").status), 404U);
}

TEST_F(HttpLogsTest, ALogOfARungThatWasGivenUpIsRefusedAtOnceSoThatThePlayerTakesAnother) {
    send();
    studio.stats[0] = {.state = stream::RungState::shed, .reason = "the machine is overloaded"};
    now = base::read_clocks();
    tick();
    const auto response = get("/live/demo/360p.flv");
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::text_of(response), "the machine is overloaded\n");
    EXPECT_LT(base::read_clocks().instant - now.instant, 5s) << "it did not wait";
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

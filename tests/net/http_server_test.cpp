#include "net/http_server.hpp"

#include "net/ask.hpp"
#include "net/http_client.hpp"
#include "net/listener.hpp"

#include <functional>
#include <mutex>
#include <thread>

namespace weir::net {

namespace {

using namespace std::chrono_literals;
using proto::http::Method;
using proto::http::Request;
using proto::http::Status;

std::string pattern_of(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23 + i / 5000 % 3);
    return text;
}

const std::string& large_text() {
    static const std::string text = pattern_of(8'000'000);
    return text;
}

/// In slices of an odd size, more than one gathered write takes.
std::vector<base::Bytes> large_body() {
    std::vector<base::Bytes> slices;
    const base::Bytes whole = base::Bytes::copy_of(large_text());
    for (std::size_t at = 0; at < whole.size(); at += 54'321) slices.push_back(whole.slice(at, 54'321));
    return slices;
}

class HttpServerTest : public testing::Test {
  protected:
    void start(const HttpLimits& limits = {}, std::vector<std::string> proxies = {}) {
        server_ = std::make_unique<HttpServer>(shards_, routes(), limits, *TrustedProxies::create(proxies), &memory_);
        auto listener =
            Listener::create(shards_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                             [this](Shard& shard, auto socket) { server_->serve(shard, std::move(socket)); });
        ASSERT_TRUE(listener) << listener.error().text;
        listener_ = std::move(*listener);
        listener_->start();
    }
    ~HttpServerTest() override {
        shards_.stop();
        for (const Viewer& viewer : viewers_) ::close(viewer.socket);
    }

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] std::int64_t connections() const { return server_->counts().connections.value(); }
    [[nodiscard]] std::uint64_t faults(HttpFault fault) const { return server_->counts().faults[fault].value(); }
    [[nodiscard]] std::int64_t endless() const { return server_->counts().endless.value(); }
    void fill_memory() { memory_.set(base::ByteCount(0)); }
    void set_connections(std::size_t connections) { server_->set_connections(connections); }
    /// As a broadcaster drops a viewer: on its shard.
    void drop_viewer() {
        const std::lock_guard lock(mutex_);
        Shard& shard = *viewers_.back().shard;
        shard.post([viewer = std::move(viewers_.back())] { ::close(viewer.socket); });
        viewers_.pop_back();
    }
    static bool eventually(const std::function<bool()>& condition) {
        for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
        return condition();
    }

    Shards shards_{2};

  private:
    std::vector<Route> routes() {
        const auto plain = [](auto handler) { return PlainHandler(handler); };
        std::vector<Route> routes;
        routes.push_back(
            {Method::get, "/hello/{name}", Audience::page, plain([](const Request&, RequestContext& context) {
                 return HttpResponse::of("text/plain", "hello " + std::string(context.captures["name"]));
             })});
        routes.push_back({Method::get, "/segment/{name}.m4s", Audience::media, plain([](const auto&, auto&) {
                              HttpResponse response{.content_type = "video/mp4", .etag = "\"tag\"", .ranges = true};
                              response.body = std::vector{base::Bytes::copy_of("01234"), base::Bytes(),
                                                          base::Bytes::copy_of("56789")};
                              return response;
                          })});
        routes.push_back({Method::get, "/large", Audience::media, plain([](const auto&, auto&) {
                              return HttpResponse{.content_type = "video/mp4", .body = large_body()};
                          })});
        routes.push_back({Method::get, "/made", Audience::api,
                          plain([](const auto&, auto&) { return HttpResponse::of("text/plain", large_text()); })});
        routes.push_back({Method::post, "/api/echo", Audience::api, plain([](const auto&, RequestContext& context) {
                              return HttpResponse::of("text/plain", context.body);
                          })});
        routes.push_back({Method::get, "/peer", Audience::api, plain([](const auto&, RequestContext& context) {
                              return HttpResponse::of("text/plain", context.peer.to_string());
                          })});
        routes.push_back({Method::get, "/throws", Audience::api,
                          plain([](const auto&, auto&) -> HttpResponse { throw std::runtime_error("a bug"); })});
        routes.push_back(
            {Method::get, "/elsewhere", Audience::api,
             AwaitableHandler([this](const Request&, RequestContext& context) { return ask_other_shard(context); })});
        routes.push_back({Method::get, "/endless", Audience::media, plain([this](const auto&, RequestContext& context) {
                              return HttpResponse{
                                  .content_type = "video/x-flv",
                                  .body = HttpTakeover([this, &shard = context.shard](Conduit conduit, HttpPlace place,
                                                                                      const base::Bytes& head) {
                                      const std::lock_guard lock(mutex_);
                                      const int socket = conduit.socket;
                                      viewers_.push_back({socket, &shard, std::move(place)});
                                      EXPECT_EQ(::send(socket, head.data(), head.size(), MSG_NOSIGNAL),
                                                static_cast<ssize_t>(head.size()));
                                      EXPECT_EQ(::send(socket, "FLV", 3, MSG_NOSIGNAL), 3);
                                  })};
                          })});
        return routes;
    }

    boost::asio::awaitable<HttpResponse> ask_other_shard(RequestContext& context) {
        Shard& other = shards_.at(1 - context.shard.index());
        const bool was_there = co_await ask(other, [&other] { return other.is_current(); });
        co_return HttpResponse::of("text/plain", was_there && context.shard.is_current() ? "there and back" : "lost");
    }

    base::MemoryLimit memory_;
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<Listener> listener_;
    struct Viewer {
        int socket;
        Shard* shard;
        HttpPlace place;
    };
    std::mutex mutex_;
    std::vector<Viewer> viewers_;
};

TEST_F(HttpServerTest, AnswersOneRequestAfterAnotherOnOneConnection) {
    start();
    TestClient client(port());
    for (const std::string name : {"a", "b", "c"}) {
        const Heard heard = client.get("/hello/" + name);
        EXPECT_EQ(heard.status, 200U);
        EXPECT_EQ(heard.body, "hello " + name);
        EXPECT_EQ(heard.field("date").size(), 29U);
        EXPECT_EQ(heard.field("x-content-type-options"), "nosniff");
    }
    EXPECT_EQ(connections(), 1);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    TestClient client(port());
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += "GET /hello/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        client.expect(Method::get);
    }
    client.say(requests);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(client.hear().body, "hello " + std::to_string(i));
}

TEST_F(HttpServerTest, SendsALargeBodyWholeToAClientThatReadsSlowly) {
    start();
    TestClient client(port(), 20'000);
    client.say("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    std::string all;
    for (std::string bytes = client.take(50'000); !bytes.empty(); bytes = client.take(50'000)) {
        all += bytes;
        if (all.size() % 7 == 0) std::this_thread::sleep_for(1ms);
    }
    const std::size_t body = all.find("\r\n\r\n") + 4;
    EXPECT_NE(all.find("Content-Length: 8000000\r\n"), std::string::npos);
    EXPECT_TRUE(std::string_view(all).substr(body) == large_text());
}

TEST_F(HttpServerTest, HeadTellsTheLengthAndSendsNothing) {
    start();
    TestClient client(port());
    const Heard heard = client.ask("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n", Method::head);
    EXPECT_EQ(heard.field("content-length"), "8000000");
    EXPECT_EQ(heard.body, "");
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
}

TEST_F(HttpServerTest, PlayersOnOtherPagesMayReadMediaAndItsRanges) {
    start();
    TestClient client(port());
    const Heard whole = client.get("/segment/1.m4s");
    EXPECT_EQ(whole.body, "0123456789");
    EXPECT_EQ(whole.field("access-control-allow-origin"), "*");
    EXPECT_EQ(whole.field("accept-ranges"), "bytes");
    EXPECT_EQ(whole.field("etag"), "\"tag\"");

    const Heard part = client.get("/segment/1.m4s", "Range: bytes=3-6\r\n");
    EXPECT_EQ(part.status, 206U);
    EXPECT_EQ(part.body, "3456");
    EXPECT_EQ(part.field("content-range"), "bytes 3-6/10");

    const Heard beyond = client.get("/segment/1.m4s", "Range: bytes=10-\r\n");
    EXPECT_EQ(beyond.status, 416U);
    EXPECT_EQ(beyond.field("content-range"), "bytes */10");

    const Heard same = client.get("/segment/1.m4s", "If-None-Match: \"tag\"\r\n");
    EXPECT_EQ(same.status, 304U);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.field("etag"), "\"tag\"");

    const Heard preflight = client.ask(
        "OPTIONS /segment/1.m4s HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n"
        "Access-Control-Request-Headers: range\r\n\r\n");
    EXPECT_EQ(preflight.status, 204U);
    EXPECT_EQ(preflight.field("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(client.get("/peer").field("access-control-allow-origin"), "");
}

TEST_F(HttpServerTest, EveryRefusalIsInWordsThatTheClientReads) {
    start();
    TestClient client(port());
    EXPECT_EQ(client.get("/nothing").body, "There is nothing at this address.\n");
    EXPECT_EQ(client.get("/api/v1/nothing").body,
              "{\"error\":{\"code\":\"not_found\",\"message\":\"There is nothing at this address.\",\"detail\":{}}}\n");
    const Heard page = client.get("/nothing", "Accept: text/html,*/*\r\n");
    EXPECT_EQ(page.field("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("<p>There is nothing at this address."), std::string::npos);
    const Heard wrong = client.ask("DELETE /hello/x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_EQ(wrong.field("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(wrong.body, "DELETE is not possible at this address.\n");
    EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status, 204U);
    EXPECT_EQ(client.get("/hello/still-here").body, "hello still-here");
}

TEST_F(HttpServerTest, AMalformedRequestIsAnsweredAndTheConnectionClosed) {
    start();
    TestClient client(port());
    client.expect(Method::get);
    const Heard heard =
        client.ask("GET /hello/x HTTP/1.1\r\nHost: a\r\n\r\nGET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n" +
                   std::string(100'000, 'x'));
    EXPECT_EQ(heard.body, "hello x");
    const Heard refused = client.hear();
    EXPECT_EQ(refused.status, 400U);
    EXPECT_EQ(refused.body, "the address climbs with '.' or '..'\n");
    EXPECT_EQ(refused.field("connection"), "close");
    EXPECT_TRUE(client.is_closed_within(5s));
    EXPECT_EQ(faults(HttpFault::malformed), 1U);
}

TEST_F(HttpServerTest, ReceivesBodiesOfEveryKind) {
    start();
    TestClient client(port());
    EXPECT_EQ(client.ask("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst").body, "first");
    EXPECT_EQ(client
                  .ask("POST /api/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n")
                  .body,
              "second");
    const Heard go_on =
        client.ask("POST /api/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(go_on.status, 100U);
    client.say("third");
    EXPECT_EQ(client.hear().body, "third");
}

TEST_F(HttpServerTest, ABodyThatNobodyWantsIsNotAskedFor) {
    start();
    TestClient client(port());
    EXPECT_EQ(
        client.ask("POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").status,
        404U);
    EXPECT_TRUE(client.is_closed_within(5s));
    TestClient other(port());
    EXPECT_EQ(other.ask("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n").status, 413U);
    EXPECT_EQ(faults(HttpFault::too_large), 1U);
}

TEST_F(HttpServerTest, BodiesTogetherHaveALimit) {
    start({.bodies = base::ByteCount(2000)});  // a thousand per shard
    const std::string head = "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n";
    std::vector<std::unique_ptr<TestClient>> waiting;
    for (int i = 0; i < 2; ++i) {
        waiting.push_back(std::make_unique<TestClient>(port()));
        waiting.back()->expect(Method::post);
        waiting.back()->say(head + std::string(899, 'x'));
    }
    EXPECT_TRUE(eventually([&] { return connections() == 2; }));
    std::this_thread::sleep_for(50ms);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(TestClient(port()).ask(head + std::string(900, 'x')).status, 503U);
    for (auto& client : waiting) {
        client->say("x");
        EXPECT_EQ(client->hear().body, std::string(900, 'x'));
    }
    EXPECT_EQ(TestClient(port()).ask(head + std::string(900, 'x')).status, 200U);
}

TEST_F(HttpServerTest, AnswersThatNobodyTakesHaveALimit) {
    start({.answers = base::ByteCount(2000)});  // a thousand per shard
    std::vector<std::unique_ptr<TestClient>> stalled;
    for (int i = 0; i < 2; ++i) {
        stalled.push_back(std::make_unique<TestClient>(port(), 4096));
        stalled.back()->say("GET /made HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(stalled.back()->take(15), "HTTP/1.1 200 OK");
    }
    for (int i = 0; i < 2; ++i) {
        const Heard heard = TestClient(port()).get("/made");
        EXPECT_EQ(heard.status, 503U);
        EXPECT_EQ(heard.body, "Too many answers are being sent; try again in a moment.\n");
    }
    EXPECT_EQ(faults(HttpFault::answers), 2U);
    EXPECT_EQ(TestClient(port()).ask("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n", Method::head).status, 200U)
        << "what is shared costs nothing";
    stalled.clear();
    EXPECT_TRUE(eventually([&] { return connections() == 0; }));
    EXPECT_EQ(TestClient(port()).get("/made").status, 200U);
}

TEST_F(HttpServerTest, AHandlerMayAskAnotherShard) {
    start();
    TestClient client(port());
    EXPECT_EQ(client.get("/elsewhere").body, "there and back");
    EXPECT_EQ(client.get("/elsewhere").body, "there and back");
}

TEST_F(HttpServerTest, AHandlerThatThrowsHarmsOnlyItsRequest) {
    start();
    TestClient client(port());
    EXPECT_EQ(client.get("/throws").status, 500U);
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
    EXPECT_EQ(faults(HttpFault::handler), 1U);
}

TEST_F(HttpServerTest, AnEndlessAnswerTakesTheSocketAndLeavesNothingBehind) {
    start();
    TestClient client(port());
    client.say("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string all;
    while (!all.ends_with("FLV")) all += client.take(1000);
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(all.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
    EXPECT_EQ(all.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return connections() == 0; }));
    EXPECT_FALSE(client.is_closed_within(50ms));
}

TEST_F(HttpServerTest, ViewersOfEndlessStreamsKeepTheirPlacesUntilTheyGo) {
    start({.connections = 4});
    std::vector<std::unique_ptr<TestClient>> viewers;
    for (int i = 0; i < 4; ++i) {
        viewers.push_back(std::make_unique<TestClient>(port()));
        viewers.back()->say("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    EXPECT_TRUE(eventually([&] { return endless() == 4 && connections() == 0; }));
    for (int i = 0; i < 2; ++i) {
        const Heard heard = TestClient(port()).get("/hello/x");
        EXPECT_EQ(heard.status, 503U);
        EXPECT_EQ(heard.body, "The server has as many connections as it takes.\n");
    }
    EXPECT_EQ(faults(HttpFault::connections), 2U);
    for (const auto& viewer : viewers) EXPECT_TRUE(viewer->take(1000).starts_with("HTTP/1.1 200 OK\r\n"));
    drop_viewer();
    EXPECT_TRUE(eventually([&] { return endless() == 3; }));
    // One of two shards has room again; newcomers are dealt out in turn.
    EXPECT_EQ(TestClient(port()).get("/hello/x").status + TestClient(port()).get("/hello/x").status, 200U + 503U);
    set_connections(8);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(TestClient(port()).get("/hello/x").status, 200U);
}

TEST_F(HttpServerTest, HeadOfAnEndlessAnswerEnds) {
    start();
    TestClient client(port());
    EXPECT_EQ(client.ask("HEAD /endless HTTP/1.1\r\nHost: a\r\n\r\n", Method::head).status, 200U);
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
}

TEST_F(HttpServerTest, SlowClientsAreToldSoAndCut) {
    start({.header = 300ms, .body = 300ms, .idle = 300ms, .slow_window = 300ms});
    TestClient silent(port());
    TestClient slow_header(port());
    slow_header.expect(Method::get);
    slow_header.say("GET / HTTP/1.1\r\nHost: a");
    TestClient slow_body(port());
    slow_body.expect(Method::post);
    slow_body.say("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    TestClient idle(port());
    EXPECT_EQ(idle.get("/hello/x").status, 200U);
    TestClient slow_reader(port(), 4096);
    slow_reader.say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_TRUE(silent.is_closed_within(5s));
    EXPECT_EQ(slow_header.hear().status, 408U);
    EXPECT_EQ(slow_body.hear().status, 408U);
    EXPECT_TRUE(idle.is_closed_within(5s));
    EXPECT_TRUE(eventually([&] { return faults(HttpFault::slow_reader) == 1; }));
    EXPECT_EQ(faults(HttpFault::slow_header), 2U);
    EXPECT_EQ(faults(HttpFault::slow_body), 1U);
}

TEST_F(HttpServerTest, WhileMemoryIsFullAClientMayNotTakeItsTime) {
    start({.slow_window = 300ms, .slow_bytes = base::ByteCount(1)});
    TestClient client(port(), 4096);
    client.say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 25; ++i) {
        EXPECT_NE(client.take(20'000), "");
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_EQ(faults(HttpFault::slow_reader), 0U);
    fill_memory();
    EXPECT_TRUE(eventually([&] {
        (void)client.take(20'000);
        return faults(HttpFault::slow_reader) == 1;
    }));
    EXPECT_EQ(TestClient(port()).get("/hello/x").status, 200U);
}

TEST_F(HttpServerTest, AThousandHalfOpenConnectionsKeepNobodyOut) {
    start({.half_open = 100});
    std::vector<std::unique_ptr<TestClient>> flood;
    for (int i = 0; i < 1000; ++i) {
        flood.push_back(std::make_unique<TestClient>(port()));
        if (i % 2 == 0) flood.back()->say("GET / HTTP/1.1\r\n");
    }
    EXPECT_EQ(TestClient(port()).get("/hello/x").body, "hello x");
    EXPECT_TRUE(eventually([&] { return faults(HttpFault::half_open) >= 890; }));
    EXPECT_TRUE(flood[1]->is_closed_within(5s));
    flood[0]->expect(Method::get);
    EXPECT_EQ(flood[0]->hear().status, 503U);
}

TEST_F(HttpServerTest, TooManyConnectionsAreToldSoUnlessAnIdleOneCanGo) {
    start({.connections = 8, .slow_window = 60s});
    std::vector<std::unique_ptr<TestClient>> busy;
    for (int i = 0; i < 8; ++i) {
        busy.push_back(std::make_unique<TestClient>(port(), 4096));
        busy.back()->say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    EXPECT_TRUE(eventually([&] { return connections() == 8; }));
    const Heard heard = TestClient(port()).get("/hello/x");
    EXPECT_EQ(heard.status, 503U);
    EXPECT_EQ(heard.body, "The server has as many connections as it takes.\n");
    busy.resize(4);
    EXPECT_TRUE(eventually([&] { return connections() <= 4; }));
    std::vector<std::unique_ptr<TestClient>> idle;
    for (int i = 0; i < 4; ++i) {
        idle.push_back(std::make_unique<TestClient>(port()));
        EXPECT_EQ(idle.back()->get("/hello/x").status, 200U);
    }
    for (int i = 0; i < 10; ++i) EXPECT_EQ(TestClient(port()).get("/hello/y").status, 200U);
    EXPECT_TRUE(idle[0]->is_closed_within(5s));
}

TEST_F(HttpServerTest, OnlyATrustedProxySpeaksForOthers) {
    start();
    TestClient direct(port());
    EXPECT_EQ(direct.get("/peer", "X-Forwarded-For: 192.0.2.7\r\n").body, "127.0.0.1");
}

TEST_F(HttpServerTest, ATrustedProxySpeaksForOthers) {
    start({}, {"127.0.0.0/8"});
    TestClient proxy(port());
    EXPECT_EQ(proxy.get("/peer", "X-Forwarded-For: 198.51.100.1, 192.0.2.7\r\n").body, "192.0.2.7");
    EXPECT_EQ(proxy.get("/peer").body, "127.0.0.1");
}

}  // namespace

}  // namespace weir::net

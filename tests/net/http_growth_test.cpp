// Bodies that are sent as they are made: what a client has at each moment, and what becomes of one that does not take it.
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace weir::net {
namespace {

using namespace std::chrono_literals;

class HttpGrowthTest : public testing::Test {
  protected:
    void start(const HttpLimits& limits = {}) {
        server_ = std::make_unique<HttpServer>(shards_, routes(), limits, TrustedProxies(), &memory_);
        auto listener =
            Listener::create(shards_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                             [this](Shard& shard, auto socket) { server_->serve(shard, std::move(socket)); });
        ASSERT_TRUE(listener) << listener.error().text;
        listener_ = std::move(*listener);
        listener_->start();
    }
    void TearDown() override { shards_.stop(); }

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] std::uint64_t faults(HttpFault fault) const { return server_->counts().faults[fault].value(); }
    /// On the shard that the body lives on; waits for it. A body that nobody has any more is null.
    void with_body(const std::function<void(HttpGrowth*)>& act) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, 5s, [this] { return shard_ != nullptr; }));
        bool done = false;
        shard_->post([&] {
            act(body_.lock().get());
            const std::lock_guard inner(mutex_);
            done = true;
            changed_.notify_all();
        });
        ASSERT_TRUE(changed_.wait_for(lock, 5s, [&] { return done; }));
    }
    void append(std::string_view text) {
        with_body([&](HttpGrowth* body) {
            const base::Bytes slices[] = {base::Bytes::copy_of(text)};
            if (body != nullptr) body->append(slices);
        });
    }
    /// What comes next is about the body that is asked for next.
    void forget_body() {
        const std::lock_guard lock(mutex_);
        shard_ = nullptr;
    }
    /// Bodies are this from the beginning.
    void make_at_once(std::string text) {
        const std::lock_guard lock(mutex_);
        made_ = std::move(text);
    }
    void finish() {
        with_body([](HttpGrowth* body) { body->finish(); });
        const std::lock_guard lock(mutex_);
        shard_ = nullptr;  // what comes next waits for the next request
    }
    static std::string take_until(TestClient& client, std::string_view end) {
        std::string all;
        while (!all.ends_with(end)) {
            const std::string bytes = client.take(65'536);
            if (bytes.empty()) break;
            all += bytes;
        }
        return all;
    }

  private:
    std::vector<Route> routes() {
        std::vector<Route> routes;
        routes.push_back({proto::http::Method::get, "/grow", Audience::media,
                          PlainHandler([this](const auto&, RequestContext& context) {
                              auto body = std::make_shared<HttpGrowth>();
                              const std::lock_guard lock(mutex_);
                              body_ = body;
                              if (made_) body->append(std::array{base::Bytes::copy_of(*made_)});
                              if (made_) body->finish();
                              shard_ = &context.shard;
                              changed_.notify_all();
                              return HttpResponse{
                                  .content_type = "video/mp4", .etag = "\"1\"", .body = std::move(body)};
                          })});
        return routes;
    }

    Shards shards_{1};
    base::MemoryLimit memory_;
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<Listener> listener_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Shard* shard_ = nullptr;
    std::weak_ptr<HttpGrowth> body_;
    std::optional<std::string> made_;
};

constexpr std::string_view ask = "GET /grow HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(HttpGrowthTest, EachPieceIsThereBeforeTheNextIsMade) {
    start();
    TestClient client(port());
    client.say(ask);
    const std::string head = take_until(client, "\r\n\r\n");
    EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
    append("first");
    EXPECT_EQ(take_until(client, "first"), "5\r\nfirst");
    append("and the second");
    EXPECT_EQ(take_until(client, "second"), "\r\ne\r\nand the second");
    finish();
    EXPECT_EQ(take_until(client, "0\r\n\r\n"), "\r\n0\r\n\r\n");
}

TEST_F(HttpGrowthTest, WhatIsWholeWhenItIsAskedForArrivesHoweverLongItIs) {
    start();
    TestClient client(port(), 4000);
    for (const std::size_t size : {0, 1, 8'000'000}) {
        client.expect(proto::http::Method::get);
        make_at_once(std::string(size, 'x'));
        client.say(ask);
        const Heard heard = client.hear();
        EXPECT_EQ(heard.status, 200U);
        EXPECT_EQ(heard.body, std::string(size, 'x'));
    }
}

TEST_F(HttpGrowthTest, TheConnectionIsUsedAgain) {
    start();
    TestClient client(port());
    for (int i = 0; i < 3; ++i) {
        client.expect(proto::http::Method::get);
        forget_body();
        client.say(ask);
        std::thread maker([this] {
            append("some ");
            append("bytes");
            finish();
        });
        const Heard heard = client.hear();
        maker.join();
        EXPECT_EQ(heard.status, 200U);
        EXPECT_EQ(heard.body, "some bytes");
    }
}

TEST_F(HttpGrowthTest, WhatWillNeverBeWholeIsNotTakenForAllOfIt) {
    start();
    TestClient client(port());
    client.expect(proto::http::Method::get);
    client.say(ask);
    append("half");
    with_body([](HttpGrowth* body) { body->give_up(); });
    EXPECT_EQ(client.hear().status, 0U);
}

TEST_F(HttpGrowthTest, AnOldClientHasItUntilTheConnectionEnds) {
    start();
    TestClient client(port());
    client.say("GET /grow HTTP/1.0\r\n\r\n");
    append("some ");
    append("bytes");
    finish();
    std::string all;
    for (std::string bytes = client.take(1000); !bytes.empty(); bytes = client.take(1000)) all += bytes;
    EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), "some bytes");
    EXPECT_NE(all.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
}

TEST_F(HttpGrowthTest, HeadAndWhoHasItAlreadyLeaveTheMakerAlone) {
    start();
    TestClient client(port());
    EXPECT_EQ(client.ask("HEAD /grow HTTP/1.1\r\nHost: a\r\n\r\n", proto::http::Method::head).status, 200U);
    with_body([](HttpGrowth* body) { EXPECT_EQ(body, nullptr); });
    EXPECT_EQ(client.get("/grow", "If-None-Match: \"1\"\r\n").status, 304U);
    with_body([](HttpGrowth* body) { EXPECT_EQ(body, nullptr); });
}

TEST_F(HttpGrowthTest, WhoTakesNothingIsCut) {
    start({.slow_window = 1s, .slow_bytes = base::ByteCount(1'000'000)});
    TestClient client(port(), 4000);
    client.say(ask);
    append(std::string(8'000'000, 'x'));
    for (int i = 0; i < 500 && faults(HttpFault::slow_reader) == 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(faults(HttpFault::slow_reader), 1U);
    with_body([](HttpGrowth* body) { EXPECT_EQ(body, nullptr); });
}

TEST_F(HttpGrowthTest, ThatNothingIsMadeForAWhileIsNobodysFault) {
    start({.slow_window = 100ms});
    TestClient client(port());
    client.say(ask);
    append("a");
    EXPECT_TRUE(take_until(client, "a").ends_with("1\r\na"));
    std::this_thread::sleep_for(1500ms);
    append("b");
    EXPECT_EQ(take_until(client, "b"), "\r\n1\r\nb");
    EXPECT_EQ(faults(HttpFault::slow_reader), 0U);
}

TEST_F(HttpGrowthTest, TheServerStopsWhileOneIsMade) {
    start();
    TestClient client(port());
    client.say(ask);
    append("a");
}

}  // namespace
}  // namespace weir::net

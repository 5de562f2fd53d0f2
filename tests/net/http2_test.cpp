#include "net/https_house.hpp"
#include "net/tls_socket.hpp"
#include "proto/http/h2_client.hpp"

#include <poll.h>

#include <cerrno>

namespace weir::net {

namespace {

using namespace std::chrono_literals;
using proto::http::H2Heard;
using proto::http::H2Stream;
using proto::http::H2TestClient;

constexpr std::string_view alpn = "\x02h2";

/// nghttp2's client on a TLS session, or on a plain socket.
class Client {
  public:
    explicit Client(std::uint16_t port, bool secure = true, std::vector<nghttp2_settings_entry> settings = {},
                    int receive_buffer = 0)
        : h2(std::move(settings)) {
        if (secure) tls_.emplace(port, alpn, receive_buffer);
        else socket_ = connect_to(port, receive_buffer);
    }
    ~Client() {
        if (socket_ >= 0) ::close(socket_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Says what there is to say, and hears until the condition holds or the connection is over.
    bool until(const std::function<bool()>& condition) {
        while (!condition()) {
            say();
            const std::string heard = take();
            if (heard.empty()) break;
            h2.hear(base::as_bytes(heard));
        }
        say();
        return condition();
    }
    void say() { say(h2.say()); }
    void say(const std::vector<std::uint8_t>& bytes) {
        const std::string_view text = base::as_text(bytes);
        if (tls_) tls_->say(text);
        else (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    const H2Heard& get(const std::string& path) {
        const H2Stream id = h2.get(path);
        until([&] { return h2.heard[id].is_closed; });
        return h2.heard[id];
    }
    std::string take() {
        if (tls_) return tls_->take();
        std::string bytes(65536, '\0');
        ssize_t size = 0;
        do {
            size = ::recv(socket_, bytes.data(), bytes.size(), 0);
        } while (size < 0 && errno == EINTR);  // a ring that is gone still signals
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return bytes;
    }
    [[nodiscard]] const TlsSocket& tls() const { return *tls_; }

    H2TestClient h2;

  private:
    std::optional<TlsSocket> tls_;
    int socket_ = -1;
};

class Http2Test : public HttpsHouse, public testing::WithParamInterface<bool> {
  protected:
    [[nodiscard]] std::uint16_t door() const { return GetParam() ? port() : plain_port(); }
};

TEST_P(Http2Test, ManyRequestsOnOneConnectionAreAnsweredAsOverHttp1) {
    start();
    Client client(door(), GetParam());
    std::vector<H2Stream> ids;
    for (int i = 0; i < 30; ++i) ids.push_back(client.h2.get("/hello/" + std::to_string(i)));
    ASSERT_TRUE(client.until(
        [&] { return std::ranges::all_of(ids, [&](H2Stream id) { return client.h2.heard[id].is_closed; }); }));
    for (int i = 0; i < 30; ++i) {
        const H2Heard& heard = client.h2.heard[ids[static_cast<std::size_t>(i)]];
        EXPECT_EQ(heard.status, "200");
        EXPECT_EQ(heard.body, "hello " + std::to_string(i));
        EXPECT_EQ(heard.fields.at("access-control-allow-origin"), "*");
        EXPECT_EQ(heard.fields.at("date").size(), 29U);
    }
    EXPECT_EQ(client.get("/nothing").status, "404");
    EXPECT_EQ(client.get("/nothing").body, "There is nothing at this address.\n");
    EXPECT_EQ(counts().http2.value(), 1U);
    EXPECT_EQ(counts().connections.value(), 1);
    EXPECT_TRUE(eventually([&] { return counts().streams.value() == 0; }));
}

TEST_P(Http2Test, LargeBodiesAndRangesComeWhole) {
    start();
    Client client(door(), GetParam());
    EXPECT_TRUE(client.get("/large").body == large_text());
    const H2Stream id = client.h2.ask({{":method", "GET"},
                                       {":scheme", "https"},
                                       {":authority", "a"},
                                       {":path", "/large"},
                                       {"range", "bytes=100-199"}});
    client.until([&] { return client.h2.heard[id].is_closed; });
    EXPECT_EQ(client.h2.heard[id].status, "206");
    EXPECT_EQ(client.h2.heard[id].body, large_text().substr(100, 100));
    const H2Stream head =
        client.h2.ask({{":method", "HEAD"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/large"}});
    client.until([&] { return client.h2.heard[head].is_closed; });
    EXPECT_EQ(client.h2.heard[head].fields.at("content-length"), "3000000");
    EXPECT_EQ(client.h2.heard[head].body, "");
}

TEST_P(Http2Test, AnAnswerThatHasToWaitKeepsNobodyWaiting) {
    start();
    Client client(door(), GetParam());
    const H2Stream held = client.h2.get("/held");
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
    EXPECT_FALSE(client.h2.heard[held].is_closed);
    is_held = false;
    EXPECT_TRUE(client.until([&] { return client.h2.heard[held].is_closed; }));
    EXPECT_EQ(client.h2.heard[held].body, "let go");
}

TEST_P(Http2Test, ARequestThatIsCancelledWhileItsAnswerIsMadeHarmsNothing) {
    start();
    Client client(door(), GetParam());
    const H2Stream held = client.h2.get("/held");
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
    client.h2.reset(held);
    EXPECT_EQ(client.get("/hello/y").body, "hello y");
    is_held = false;
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(client.get("/hello/z").body, "hello z");
}

TEST_P(Http2Test, BodiesAreReceivedAndHaveTheirLimit) {
    start();
    Client client(door(), GetParam());
    const H2TestClient::Fields post = {
        {":method", "POST"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/echo"}};
    const H2Stream small = client.h2.ask(post, std::string(50'000, 'b'));
    client.until([&] { return client.h2.heard[small].is_closed; });
    EXPECT_EQ(client.h2.heard[small].body, std::string(50'000, 'b'));
    const H2Stream large = client.h2.ask(post, std::string(500'000, 'b'));
    client.until([&] { return client.h2.heard[large].is_closed; });
    EXPECT_EQ(client.h2.heard[large].status, "413");
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
}

TEST_P(Http2Test, AnEndlessAnswerIsAStreamBesideTheOthers) {
    start();
    Client client(door(), GetParam());
    const H2Stream endless = client.h2.get("/endless");
    EXPECT_TRUE(client.until([&] { return client.h2.heard[endless].body == "FLV"; }));
    EXPECT_EQ(client.h2.heard[endless].fields.at("content-type"), "video/x-flv");
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
    say_to_viewer(" more");
    EXPECT_TRUE(client.until([&] { return client.h2.heard[endless].body == "FLV more"; }));
    close_viewer();
    EXPECT_TRUE(client.until([&] { return client.h2.heard[endless].is_closed; }));
    EXPECT_TRUE(client.h2.heard[endless].is_whole);
    EXPECT_EQ(counts().endless.value(), 0);
}

TEST_P(Http2Test, ABodyThatGrowsComesAsItGrows) {
    start();
    Client client(door(), GetParam());
    const H2Heard& whole = client.get("/growing/whole");
    EXPECT_EQ(whole.body, "one two");
    EXPECT_TRUE(whole.is_whole);
    EXPECT_FALSE(whole.fields.contains("transfer-encoding"));
    const H2Heard& broken = client.get("/growing/broken");
    EXPECT_FALSE(broken.is_whole) << "nobody takes what came for all of it";
    EXPECT_NE(broken.error, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
}

TEST_P(Http2Test, AViewerThatCancelsItsStreamLeaves) {
    start();
    Client client(door(), GetParam());
    const H2Stream endless = client.h2.get("/endless");
    EXPECT_TRUE(client.until([&] { return client.h2.heard[endless].body == "FLV"; }));
    client.h2.reset(endless);
    EXPECT_EQ(client.get("/hello/x").body, "hello x");
    EXPECT_TRUE(eventually([&] {
        say_to_viewer("anybody?");
        return viewer_error != 0;
    }));
    close_viewer();
}

TEST_P(Http2Test, AnEndlessAnswerThatIsNotTakenIsHeldUpAtItsSource) {
    start();
    Client client(door(), GetParam(), {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}});
    (void)client.h2.get("/endless");
    client.say();
    ASSERT_TRUE(eventually([&] { return has_viewer(); }));
    const std::size_t before = base::media_bytes();
    EXPECT_TRUE(eventually([&] {
        say_to_viewer(std::string(10'000, 'x'));
        return viewer_error == EAGAIN;
    }));
    EXPECT_LE(base::media_bytes() - before, 100'000U);
    close_viewer();
}

TEST_P(Http2Test, EachRequestCountsAsAConnection) {
    start({.connections = 4});
    Client client(door(), GetParam());
    std::vector<H2Stream> held;
    for (int i = 0; i < 4; ++i) held.push_back(client.h2.get("/held"));
    EXPECT_EQ(client.get("/hello/x").status, "503");
    EXPECT_GE(counts().faults[HttpFault::connections].value(), 1U);
    is_held = false;
    EXPECT_TRUE(client.until(
        [&] { return std::ranges::all_of(held, [&](H2Stream id) { return client.h2.heard[id].is_closed; }); }));
    EXPECT_EQ(client.get("/hello/x").status, "200");
}

TEST_P(Http2Test, AnAnswerThatTheClientKeepsShutIsGivenUp) {
    start({.slow_window = 300ms});
    Client client(door(), GetParam(), {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}});
    const H2Stream id = client.h2.get("/large");
    EXPECT_TRUE(client.until([&] { return client.h2.heard[id].is_closed; }));
    EXPECT_EQ(client.h2.heard[id].error, static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
    EXPECT_EQ(counts().faults[HttpFault::slow_reader].value(), 1U);
}

TEST_P(Http2Test, AClientThatTakesNothingOfItsAnswersIsCut) {
    start({.slow_window = 300ms});
    Client client(door(), GetParam(), {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 30}}, 4096);
    nghttp2_session_set_local_window_size(client.h2.session(), NGHTTP2_FLAG_NONE, 0, 1 << 30);
    for (int i = 0; i < 3; ++i) (void)client.h2.get("/large");
    client.say();
    EXPECT_TRUE(eventually([&] { return counts().faults[HttpFault::slow_reader].value() == 1; }));
    EXPECT_TRUE(eventually([&] { return counts().connections.value() == 0; }));
}

TEST_P(Http2Test, RapidResetIsAnsweredByGoaway) {
    start();
    Client client(door(), GetParam());
    client.say();
    for (std::uint32_t stream = 1; stream < 1000; stream += 2) client.say(proto::http::h2_rapid_reset(stream));
    EXPECT_FALSE(client.until([] { return false; }));
    EXPECT_EQ(client.h2.goaway, static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
    EXPECT_EQ(counts().faults[HttpFault::resets].value(), 1U);
    EXPECT_TRUE(eventually([&] { return counts().connections.value() == 0; }));
}

TEST_P(Http2Test, AnIdleConnectionIsClosedInOrder) {
    start({.idle = 300ms});
    Client client(door(), GetParam());
    EXPECT_EQ(client.get("/hello/x").status, "200");
    EXPECT_FALSE(client.until([] { return false; }));
    EXPECT_EQ(client.h2.goaway, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
}

TEST_P(Http2Test, AHeaderThatDoesNotEndIsNotWaitedFor) {
    start({.header = 300ms});
    Client client(door(), GetParam());
    client.say();
    EXPECT_FALSE(client.until([] { return false; }));
    EXPECT_TRUE(eventually([&] { return counts().connections.value() == 0; }));
}

TEST_F(HttpsHouse, BothVersionsAreSpokenOnOnePort) {
    start();
    TlsSocket both(port(), "\x02h2\x08http/1.1");
    EXPECT_EQ(both.protocol(), "h2");
    TlsSocket old(port(), "\x08http/1.1");
    EXPECT_EQ(old.protocol(), "http/1.1");
}

INSTANTIATE_TEST_SUITE_P(Doors, Http2Test, testing::Bool(),
                         [](const auto& info) { return info.param ? "tls" : "cleartext"; });

}  // namespace

}  // namespace weir::net

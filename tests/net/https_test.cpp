#include "net/https_house.hpp"
#include "net/tls_socket.hpp"

#include <gmock/gmock.h>

namespace weir::net {

namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using HttpsTest = HttpsHouse;

std::string get(std::string_view path, std::string_view fields = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

TEST_F(HttpsTest, AnswersOneRequestAfterAnother) {
    start();
    TlsSocket client(port(), "\x08http/1.1");
    EXPECT_EQ(client.protocol(), "http/1.1");
    for (const std::string name : {"a", "b", "c"}) {
        client.say(get("/hello/" + name));
        EXPECT_THAT(client.take(), EndsWith("\r\n\r\nhello " + name));
    }
    EXPECT_EQ(tls().connections.value(), 1);
    EXPECT_EQ(tls().handshakes.value(), 1U);
}

TEST_F(HttpsTest, SendsALargeBodyWholeToAClientThatReadsSlowly) {
    start();
    TlsSocket client(port(), {}, 20'000);
    client.say(get("/large", "Connection: close\r\n"));
    std::string all;
    for (std::string more = client.take(30'000); !more.empty(); more = client.take(30'000)) {
        all += more;
        if (all.size() % 7 == 0) std::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(all.ends_with(large_text()));
    EXPECT_EQ(SSL_get_shutdown(client.native()), SSL_RECEIVED_SHUTDOWN) << "the end is said, and not only a cut";
}

TEST_F(HttpsTest, AClientThatTakesNothingHoldsOneBuffer) {
    start();
    const std::size_t before = base::media_bytes();
    std::vector<std::unique_ptr<TlsSocket>> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(std::make_unique<TlsSocket>(port(), std::string_view{}, 4096));
        clients.back()->say(get("/large"));
        EXPECT_THAT(clients.back()->take(15), "HTTP/1.1 200 OK");
    }
    std::this_thread::sleep_for(100ms);
    const TlsLimits limits;
    const std::size_t bodies = 10 * (large_text().size() + 65536);  // each answer of this test is a copy of its own
    EXPECT_GE(base::media_bytes() - before, 10 * limits.session.bytes());
    EXPECT_LE(base::media_bytes() - before, 10 * (limits.session.bytes() + 2 * limits.ahead.bytes()) + bodies);
    clients.clear();
    EXPECT_TRUE(eventually([&] { return base::media_bytes() <= before; }));
}

TEST_F(HttpsTest, AnEndlessAnswerGoesOnOverTheSameSession) {
    start();
    TlsSocket client(port());
    client.say(get("/endless"));
    std::string heard = client.take_all(1);
    while (!heard.ends_with("FLV")) heard += client.take();
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 200 OK\r\n"));
    say_to_viewer("more");
    EXPECT_EQ(client.take(), "more");
    close_viewer();
}

TEST_F(HttpsTest, ACertificateIsReplacedAndNobodyNotices) {
    start();
    TlsSocket old(port());
    EXPECT_EQ(old.server_name(), "first");
    show("second");
    TlsSocket fresh(port());
    EXPECT_EQ(fresh.server_name(), "second");
    old.say(get("/hello/still"));
    EXPECT_THAT(old.take(), EndsWith("hello still"));
}

TEST_F(HttpsTest, ASessionIsTakenUpAgainByItsTicket) {
    start();
    SSL_SESSION* ticket = nullptr;
    {
        TlsSocket first(port());
        first.say(get("/hello/x"));
        (void)first.take();
        ticket = SSL_get1_session(first.native());
    }
    TlsSocket second(port(), {}, 0, ticket);
    EXPECT_EQ(SSL_session_reused(second.native()), 1);
    second.say(get("/hello/x"));
    EXPECT_THAT(second.take(), EndsWith("hello x"));
    EXPECT_EQ(tls().resumed.value(), 1U);
    SSL_SESSION_free(ticket);
}

TEST_F(HttpsTest, WhoComesWithPlainHttpIsToldSo) {
    start();
    const int client = connect_to(port());
    const std::string request = get("/hello/x");
    EXPECT_EQ(::send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::string heard(1000, '\0');
    heard.resize(static_cast<std::size_t>(std::max<ssize_t>(::recv(client, heard.data(), heard.size(), 0), 0)));
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(heard, HasSubstr("https://"));
    ::close(client);
    EXPECT_EQ(tls().failed.value(), 1U);
}

TEST_F(HttpsTest, AHandshakeThatIsNotMadeIsNotWaitedFor) {
    start({.header = 300ms});
    const int silent = connect_to(port());
    char byte = 0;
    EXPECT_EQ(::recv(silent, &byte, 1, 0), 0);
    EXPECT_EQ(counts().faults[HttpFault::slow_header].value(), 1U);
    ::close(silent);
}

TEST_F(HttpsTest, WhileMemoryIsFullNewcomersAreTurnedAwayAndTheOthersStay) {
    start();
    TlsSocket early(port());
    memory.set(base::ByteCount(0));
    EXPECT_FALSE(TlsSocket(port()).is_open());
    EXPECT_EQ(tls().refused.value(), 1U);
    early.say(get("/hello/x"));
    EXPECT_THAT(early.take(), EndsWith("hello x"));
}

}  // namespace

}  // namespace weir::net

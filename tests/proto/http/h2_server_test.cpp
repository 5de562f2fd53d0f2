#include "proto/http/h2_server.hpp"

#include "proto/http/h2_client.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <optional>

namespace weir::proto::http {

namespace {

using namespace std::chrono_literals;
using Fields = H2TestClient::Fields;

constexpr std::size_t plenty = 1 << 30;

/// A server and a client; each request is answered with what `handler` says of it, or not at all.
class H2ServerTest : public testing::Test {
  protected:
    using Handler = std::function<void(H2Stream, const Request&)>;

    void run(std::size_t piece = SIZE_MAX) {
        for (;;) {
            const auto up = client.say();
            deliver(up, piece);
            std::vector<std::uint8_t> down;
            server.take_output(plenty, down);
            drain();
            if (up.empty() && down.empty()) return;
            client.hear(down);
        }
    }
    void deliver(base::ByteView bytes, std::size_t piece = SIZE_MAX) {
        for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
            server.receive(bytes.subspan(at, std::min(piece, bytes.size() - at)), now);
            drain();
        }
    }
    void drain() {
        while (auto event = server.next_event()) std::visit([this](auto& each) { take(each); }, *event);
    }
    /// Sends frames that no client would send, until the server has had enough; how many that were.
    int flood(const std::vector<std::uint8_t>& frame, int most) {
        run();
        int sent = 0;
        for (; sent < most && !closed; ++sent) {
            deliver(frame);
            std::vector<std::uint8_t> down;
            server.take_output(plenty, down);
            drain();
        }
        return sent;
    }

    base::Instant now{100s};
    H2Limits limits;
    RequestLimits request_limits;
    H2Server server{request_limits, limits};
    H2TestClient client;
    Handler handler = [this](H2Stream id, const Request& request) {
        server.respond(id, "HTTP/1.1 200 OK\r\nX-Path: " + std::string(request.target.text) + "\r\n\r\n", answer);
    };
    std::vector<base::Bytes> answer = {base::Bytes::copy_of("hello ")};
    std::map<H2Stream, std::string> bodies;
    std::map<H2Stream, Refusal> refused;
    std::vector<H2Stream> requests;
    std::vector<H2Gone> gone;
    std::optional<H2Closed> closed;

  private:
    void take(H2Request& event) {
        requests.push_back(event.stream);
        if (event.request) {
            if (handler) handler(event.stream, *event.request);
            return;
        }
        refused.emplace(event.stream, event.request.error());
        server.respond(event.stream, "HTTP/1.1 " + std::to_string(code(event.request.error().status)) + " No\r\n\r\n",
                       {base::Bytes::copy_of(event.request.error().text)});
    }
    void take(const H2Body& event) { bodies[event.stream] += base::as_text(event.bytes); }
    void take(const H2End& event) { bodies[event.stream] += "|"; }
    void take(const H2TooLarge& event) { bodies[event.stream] += "!"; }
    void take(const H2Gone& event) { gone.push_back(event); }
    void take(const H2Closed& event) {
        EXPECT_FALSE(closed) << "it is the last event";
        closed = event;
    }
};

TEST_F(H2ServerTest, ManyRequestsAreAnsweredOnOneConnectionWhereverTheBytesAreCut) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, SIZE_MAX}) {
        std::vector<H2Stream> ids;
        for (int i = 0; i < 20; ++i) ids.push_back(client.get("/" + std::to_string(i)));
        run(piece);
        for (int i = 0; i < 20; ++i) {
            const H2Heard& heard = client.heard[ids[static_cast<std::size_t>(i)]];
            EXPECT_EQ(heard.status, "200");
            EXPECT_EQ(heard.fields.at("x-path"), "/" + std::to_string(i));
            EXPECT_EQ(heard.body, "hello ");
            EXPECT_TRUE(heard.is_whole);
        }
    }
    EXPECT_EQ(gone.size(), 60U);
    EXPECT_TRUE(gone.front().is_answered);
    EXPECT_EQ(gone.front().sent, 6U);
    EXPECT_FALSE(closed);
}

TEST_F(H2ServerTest, ARequestIsWhatItWouldBeOverHttp1) {
    handler = [this](H2Stream id, const Request& request) {
        EXPECT_EQ(request.method, Method::post);
        EXPECT_EQ(request.host(), "example.org:8443");
        EXPECT_EQ(request.target.segments.at(1), "a b");
        EXPECT_EQ(request.target.parameter("q"), "1");
        EXPECT_EQ(request.field("User-Agent"), "test");
        EXPECT_TRUE(request.has_body());
        server.respond(id, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", {});
    };
    const H2Stream id = client.ask({{":method", "POST"},
                                    {":scheme", "https"},
                                    {":authority", "example.org:8443"},
                                    {":path", "/x/a%20b?q=1"},
                                    {"user-agent", "test"}},
                                   std::string(5000, 'b'));
    run();
    EXPECT_EQ(bodies[id], std::string(5000, 'b') + "|");
    EXPECT_EQ(client.heard[id].status, "204");
    EXPECT_FALSE(client.heard[id].fields.contains("connection"));
}

TEST_F(H2ServerTest, WhatIsRefusedOverHttp1IsRefused) {
    const auto status = [&](const Fields& fields) {
        const H2Stream id = client.ask(fields);
        run();
        return client.heard[id].status;
    };
    const Fields good = {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}};
    const auto with = [&](std::size_t index, const std::string& value) {
        Fields fields = good;
        fields[index].second = value;
        return fields;
    };
    EXPECT_EQ(status(good), "200");
    EXPECT_EQ(status(with(0, "BREW")), "501");
    EXPECT_EQ(status(with(3, "/../etc/passwd")), "400");
    EXPECT_EQ(status(with(3, "/a%2fb")), "400");
    EXPECT_EQ(status(with(3, "/" + std::string(9000, 'x'))), "414");
    Fields long_header = good;
    for (int i = 0; i < 3; ++i) long_header.emplace_back("x-" + std::to_string(i), std::string(6000, 'x'));
    EXPECT_EQ(status(long_header), "431");
    Fields many = good;
    for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "y");
    EXPECT_EQ(status(many), "431");
    EXPECT_FALSE(closed) << "none of it harms the others on the connection";
}

TEST_F(H2ServerTest, ABodyBeyondItsLimitIsToldAndTheRestPassedOver) {
    handler = {};
    const H2Stream id = client.ask({{":method", "POST"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}},
                                   std::string(200'000, 'b'));
    run();
    EXPECT_LE(bodies[id].size(), request_limits.body + 1);
    EXPECT_TRUE(bodies[id].ends_with("!"));
    server.respond(id, "HTTP/1.1 413 Content Too Large\r\n\r\n", {});
    run();
    EXPECT_EQ(client.heard[id].status, "413");
    EXPECT_TRUE(client.heard[id].is_closed);
    const H2Stream announced = client.ask(
        {{":method", "POST"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}, {"content-length", "200000"}},
        std::string(200'000, 'b'));
    run();
    EXPECT_EQ(client.heard[announced].status, "413");
}

TEST_F(H2ServerTest, ABodyIsTakenFromItsSlicesAndOnlyAsFarAsTheClientLetsIt) {
    std::string whole;
    answer.clear();
    for (int i = 0; i < 40; ++i) {
        answer.push_back(base::Bytes::copy_of(std::string(5000, static_cast<char>('a' + i % 26))));
        whole += base::as_text(answer.back().view());
    }
    const H2Stream id = client.get("/");
    deliver(client.say());
    std::vector<std::uint8_t> down;
    server.take_output(plenty, down);
    EXPECT_EQ(server.sent(id), 65'535U) << "the window that every client begins with";
    EXPECT_EQ(server.backlog(id), whole.size() - 65'535);
    EXPECT_TRUE(server.is_window_shut(id));
    client.hear(down);
    run();
    EXPECT_TRUE(client.heard[id].body == whole);
    EXPECT_TRUE(client.heard[id].is_whole);
}

TEST_F(H2ServerTest, OutputIsMadeOnlyWhenItIsAskedFor) {
    answer = {base::Bytes::copy_of(std::string(60'000, 'x'))};
    const H2Stream id = client.get("/");
    deliver(client.say());
    std::vector<std::uint8_t> down;
    server.take_output(20'000, down);
    EXPECT_LT(down.size(), 20'000U + 16'384 + 9);
    EXPECT_GT(server.backlog(id), 20'000U);
    client.hear(down);
    run();
    EXPECT_EQ(client.heard[id].body.size(), 60'000U);
}

TEST_F(H2ServerTest, ABodyThatIsMadeWhileItIsSentComesAsItIsMade) {
    handler = [this](H2Stream id, const Request&) { server.respond(id, "HTTP/1.1 200 OK\r\n\r\n"); };
    const H2Stream id = client.get("/endless");
    run();
    EXPECT_EQ(client.heard[id].status, "200");
    for (const char* piece : {"one ", "two ", "three"}) {
        server.feed(id, base::Bytes::copy_of(piece));
        run();
    }
    EXPECT_EQ(client.heard[id].body, "one two three");
    EXPECT_FALSE(client.heard[id].is_whole);
    server.finish(id);
    run();
    EXPECT_TRUE(client.heard[id].is_whole);
    EXPECT_TRUE(gone.at(0).is_answered);
}

TEST_F(H2ServerTest, ACancelledRequestIsToldAndItsAnswerForgotten) {
    handler = {};
    const H2Stream id = client.get("/");
    run();
    client.reset(id);
    run();
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0].stream, id);
    EXPECT_FALSE(gone[0].is_answered);
    server.respond(id, "HTTP/1.1 200 OK\r\n\r\n", answer);
    run();
    EXPECT_FALSE(closed);
}

TEST_F(H2ServerTest, RapidResetEndsTheConnectionAndAsksNobody) {
    handler = {};
    run();
    std::uint32_t stream = 1;
    for (; stream < 5000 && !closed; stream += 2) deliver(h2_rapid_reset(stream));
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->fault, H2Fault::resets);
    EXPECT_LE(stream, 2 * limits.resets + 5);
    EXPECT_TRUE(requests.empty()) << "what is gone before it is told is not told";
    std::vector<std::uint8_t> down;
    server.take_output(plenty, down);
    client.hear(down);
    EXPECT_EQ(client.goaway, static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST_F(H2ServerTest, AClientThatCancelsNowAndThenIsNoAttacker) {
    handler = {};
    for (int i = 0; i < 1000; ++i) {
        client.reset(client.get("/"));
        run();
        now += 100ms;
    }
    EXPECT_FALSE(closed);
}

TEST_F(H2ServerTest, ResetsThatTheClientProvokesCountAsMuch) {
    handler = {};
    run();
    for (int i = 0; i < 1000 && !closed; ++i) {
        const H2Stream id = client.get("/");
        run();
        deliver(h2_frame(NGHTTP2_WINDOW_UPDATE, 0, static_cast<std::uint32_t>(id),
                         std::vector<std::uint8_t>{0x7f, 0xff, 0xff, 0xff}));
        run();
    }
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->fault, H2Fault::resets);
}

TEST_F(H2ServerTest, AHeaderThatNeverEndsEndsTheConnection) {
    run();
    const std::vector<std::uint8_t> nothing;
    deliver(h2_frame(NGHTTP2_HEADERS, 0, 1, std::vector<std::uint8_t>{0x82, 0x86, 0x84}));
    EXPECT_TRUE(server.is_in_header());
    int frames = 0;
    for (; frames < 1000 && !closed; ++frames) deliver(h2_frame(NGHTTP2_CONTINUATION, 0, 1, nothing));
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->fault, H2Fault::flood);
    EXPECT_LE(frames, 9);
    EXPECT_TRUE(requests.empty());
}

TEST_F(H2ServerTest, AHeaderLargerThanItMayBeEndsTheConnectionBeforeItIsRead) {
    run();
    const std::vector<std::uint8_t> block(16'000, 0);
    deliver(h2_frame(NGHTTP2_HEADERS, 0, 1, {}));
    for (int i = 0; i < 3; ++i) deliver(h2_frame(NGHTTP2_CONTINUATION, 0, 1, block));
    ASSERT_TRUE(closed);
}

TEST_F(H2ServerTest, AFewBytesThatBecomeAHugeHeaderAreRefusedInWords) {
    run();
    // One literal of 4000 bytes that goes into the table, and then a thousand references to it: 4 MB out of 5 KB.
    std::vector<std::uint8_t> block = {0x82, 0x86, 0x84, 0x41, 0x01, 'a', 0x40, 0x01, 'x', 0x7f, 0xa1, 0x1e};
    block.insert(block.end(), 4000, 'y');
    block.insert(block.end(), 1000, 0xbe);
    deliver(h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused.at(1).status, Status::header_fields_too_large);
    EXPECT_FALSE(closed);
}

TEST_F(H2ServerTest, FloodsOfWhatAsksForNothingEndTheConnection) {
    const std::vector<std::uint8_t> eight(8, 0);
    const struct {
        const char* name;
        std::vector<std::uint8_t> frame;
        std::uint64_t most;
    } rows[] = {
        {"ping", h2_frame(NGHTTP2_PING, 0, 0, eight), limits.controls},
        {"settings", h2_frame(NGHTTP2_SETTINGS, 0, 0, {}), limits.controls},
        {"priority", h2_frame(NGHTTP2_PRIORITY, 0, 5, std::vector<std::uint8_t>{0, 0, 0, 0, 1}), limits.controls},
        {"unknown", h2_frame(77, 0, 0, {}), limits.controls},
        {"window", h2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::vector<std::uint8_t>{0, 0, 0, 1}), limits.window_updates},
    };
    for (const auto& row : rows) {
        H2Server victim(request_limits, limits);
        H2TestClient hello;
        victim.receive(hello.say(), now);
        std::optional<H2Closed> end;
        std::uint64_t sent = 0;
        for (; sent < 5000 && !end; ++sent) {
            victim.receive(row.frame, now);
            std::vector<std::uint8_t> down;
            victim.take_output(plenty, down);
            while (auto event = victim.next_event())
                if (const auto* last = std::get_if<H2Closed>(&*event)) end = *last;
        }
        ASSERT_TRUE(end) << row.name;
        EXPECT_EQ(end->fault, H2Fault::flood) << row.name;
        EXPECT_LE(sent, row.most + 1) << row.name;
    }
}

TEST_F(H2ServerTest, PingsThatAClientDoesNotReadTheAnswersOfAreNotHeldForIt) {
    run();
    const auto ping = h2_frame(NGHTTP2_PING, 0, 0, std::vector<std::uint8_t>(8, 0));
    int sent = 0;
    for (; sent < 5000 && !closed; ++sent) deliver(ping);  // and nothing is taken out
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->fault, H2Fault::flood);
    EXPECT_LE(sent, 102);
}

TEST_F(H2ServerTest, WindowUpdatesThatGoWithWhatIsSentAreNoFlood) {
    answer.assign(200, base::Bytes::copy_of(std::string(50'000, 'x')));  // 10 MB, in windows of 64 KiB
    const H2Stream id = client.get("/");
    run();
    EXPECT_EQ(client.heard[id].body.size(), 10'000'000U);
    EXPECT_FALSE(closed);
}

TEST_F(H2ServerTest, AnswersIntoTinyWindowsAreGivenUpSoon) {
    answer = {base::Bytes::copy_of(std::string(1'000'000, 'x'))};
    const H2Stream id = client.get("/");
    deliver(client.say());
    deliver(h2_frame(NGHTTP2_SETTINGS, 0, 0, std::vector<std::uint8_t>{0, 4, 0, 0, 0, 0}));
    std::vector<std::uint8_t> down;
    server.take_output(plenty, down);
    const auto drip =
        h2_frame(NGHTTP2_WINDOW_UPDATE, 0, static_cast<std::uint32_t>(id), std::vector<std::uint8_t>{0, 0, 0, 1});
    int sent = 0;
    for (; sent < 5000 && !closed; ++sent) {
        deliver(drip);
        down.clear();
        server.take_output(plenty, down);
    }
    ASSERT_TRUE(closed);
    EXPECT_LE(sent, 1100);
}

TEST_F(H2ServerTest, MoreStreamsThanThereMayBeAreRefused) {
    handler = {};
    run();
    std::vector<H2Stream> ids;
    for (std::uint32_t i = 0; i < limits.streams + 20; ++i) ids.push_back(client.get("/"));
    run();
    EXPECT_EQ(requests.size(), limits.streams) << "the client keeps the others back";
    EXPECT_FALSE(closed);
}

TEST_F(H2ServerTest, WhatIsNoHttp2IsToldSo) {
    deliver(base::as_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX and something else"));
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->fault, H2Fault::malformed);
}

TEST_F(H2ServerTest, AClientThatBreaksTheRulesIsToldByACode) {
    run();
    deliver(h2_frame(NGHTTP2_DATA, 0, 7, std::vector<std::uint8_t>{1}));  // of a stream that is not there
    std::vector<std::uint8_t> down;
    server.take_output(plenty, down);
    drain();
    ASSERT_TRUE(closed);
    client.hear(down);
    EXPECT_EQ(client.goaway, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
}

TEST_F(H2ServerTest, AnOrderlyEndIsNoFault) {
    const H2Stream id = client.get("/");
    run();
    EXPECT_TRUE(client.heard[id].is_whole);
    nghttp2_session_terminate_session(client.session(), NGHTTP2_NO_ERROR);
    run();
    ASSERT_TRUE(closed);
    EXPECT_FALSE(closed->fault);
}

}  // namespace

}  // namespace weir::proto::http

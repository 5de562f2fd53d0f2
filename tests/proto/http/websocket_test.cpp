#include "proto/http/websocket.hpp"

#include "wire/bytes.hpp"

#include <gtest/gtest.h>

namespace weir::proto::http {

namespace {

using tests::from_hex;
using tests::to_hex;
using websocket::ClientEvent;
using websocket::ClientReader;
using websocket::CloseCode;

Request request(const std::string& fields) {
    return parse_request("GET /live/demo.flv HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").value();
}

/// What a client said: "ping <payload in hexadecimal>", "closed <code>".
std::vector<std::string> heard(base::ByteView bytes, std::size_t at_once = SIZE_MAX,
                               websocket::Limits limits = websocket::Limits{}) {
    ClientReader reader(limits);
    std::vector<std::string> events;
    while (!bytes.empty()) {
        const base::ByteView piece = bytes.first(std::min(at_once, bytes.size()));
        bytes = bytes.subspan(piece.size());
        reader.receive(piece);
        while (const auto event = reader.next_event())
            events.push_back(event->kind == ClientEvent::Kind::ping
                                 ? "ping " + to_hex(event->view())
                                 : "closed " + std::to_string(static_cast<int>(event->code)));
    }
    return events;
}

}  // namespace

TEST(WebSocket, TheKeyOfTheStandardIsAccepted) {
    const auto asked = request(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    EXPECT_TRUE(asks_for_websocket(asked));
    EXPECT_EQ(accept_websocket(asked).value(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocket, OnlyWhoAsksForItGetsIt) {
    EXPECT_FALSE(asks_for_websocket(request("")));
    EXPECT_FALSE(asks_for_websocket(request("Upgrade: h2c\r\nConnection: Upgrade\r\n")));
    EXPECT_FALSE(asks_for_websocket(request("Upgrade: websocket\r\n")));
    EXPECT_TRUE(asks_for_websocket(request("Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n")));
}

TEST(WebSocket, AHandshakeThatIsNoneIsRefused) {
    const std::pair<const char*, Status> cases[] = {
        {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", Status::upgrade_required},
        {"Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", Status::upgrade_required},
        {"Sec-WebSocket-Version: 13\r\n", Status::bad_request},
        {"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n", Status::bad_request},
        {"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!\r\n", Status::bad_request},
        {"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSB%b25jZQ==\r\n", Status::bad_request},
    };
    for (const auto& [fields, status] : cases) {
        const auto accepted = accept_websocket(request(fields));
        ASSERT_FALSE(accepted) << fields;
        EXPECT_EQ(accepted.error().status, status) << fields;
    }
}

TEST(WebSocket, HeadersAreAsShortAsTheyCanBe) {
    const std::pair<std::uint64_t, const char*> cases[] = {
        {0, "8200"}, {125, "827d"}, {126, "827e007e"}, {65535, "827effff"}, {65536, "827f0000000000010000"},
    };
    for (const auto& [size, expected] : cases) {
        base::ByteWriter out;
        websocket::write_header(websocket::Opcode::binary, size, out);
        EXPECT_EQ(to_hex(out.view()), expected) << size;
    }
    base::ByteWriter out;
    websocket::write_close(CloseCode::normal, out);
    EXPECT_EQ(to_hex(out.view()), "880203e8");
}

struct ClientCase {
    const char* name;
    const char* bytes;
    std::vector<std::string> events;
};

TEST(WebSocket, WhatAClientSaysIsUnderstoodWhereverItIsCut) {
    const ClientCase cases[] = {
        {"a ping of the standard, masked", "898537fa213d7f9f4d5158", {"ping 48656c6c6f"}},
        {"an empty ping", "898011223344", {"ping "}},
        {"two pings", "89810000000001 89810000000002", {"ping 01", "ping 02"}},
        {"a pong nobody asked for", "8a8011223344", {}},
        {"messages are passed over", "81810000000041 8282000000004142 89810000000001", {"ping 01"}},
        {"a ping among fragments", "01810000000041 89810000000001 80810000000042", {"ping 01"}},
        {"a close with a code", "888200000000 03e8", {"closed 1000"}},
        {"a close without", "888000000000", {"closed 1000"}},
        {"nothing after a close", "888000000000 89810000000001", {"closed 1000"}},
        {"half a code", "88810000000003", {"closed 1002"}},
        {"not masked", "89010102030405", {"closed 1002"}},
        {"reserved bits", "c9800000000000", {"closed 1002"}},
        {"an unknown kind", "83800000000000", {"closed 1002"}},
        {"an unknown control", "8b800000000000", {"closed 1002"}},
        {"a control in fragments", "09800000000000", {"closed 1002"}},
        {"a control too long", "89fe007e00000000", {"closed 1002"}},
        {"a continuation of nothing", "80800000000000", {"closed 1002"}},
        {"a message within a message", "01800000000001800000000000", {"closed 1002"}},
        {"more than anyone has to say", "82ff0000000000010001 00000000", {"closed 1008"}},
        {"a length beyond counting", "82ffffffffffffffffff 00000000", {"closed 1008"}},
    };
    for (const ClientCase& one : cases) {
        const base::Bytes bytes = from_hex(one.bytes);
        for (const std::size_t at_once : {SIZE_MAX, std::size_t{1}, std::size_t{3}})
            EXPECT_EQ(heard(bytes, at_once), one.events) << one.name;
    }
}

TEST(WebSocket, MessagesAreLimitedInAll) {
    const base::Bytes message = from_hex("8284000000000102030482840000000001020304");
    EXPECT_EQ(heard(message, SIZE_MAX, {.messages = base::ByteCount(8)}), std::vector<std::string>{});
    EXPECT_EQ(heard(message, SIZE_MAX, {.messages = base::ByteCount(7)}), std::vector<std::string>{"closed 1008"});
}

}  // namespace weir::proto::http

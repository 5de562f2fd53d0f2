#include "proto/rtmp/handshake.hpp"

#include "proto/rtmp/handshake_digest.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::proto::rtmp {

namespace {

/// What the server says to C0 C1, fed in steps.
base::Bytes answer_to(base::ByteView c0_c1, std::size_t step) {
    ServerHandshake server(7);
    base::ByteWriter out;
    while (!c0_c1.empty()) {
        base::ByteView input = c0_c1.first(std::min(step, c0_c1.size()));
        c0_c1 = c0_c1.subspan(input.size());
        const auto done = server.receive(input, 1000, out);
        EXPECT_TRUE(done.has_value() && !*done);
        EXPECT_TRUE(input.empty());
    }
    return out.to_bytes();
}

std::vector<std::uint8_t> plain_client_greeting() {
    base::ByteWriter out;
    ClientHandshake(3).start(0, out);
    return {out.view().begin(), out.view().end()};
}

std::vector<std::uint8_t> digest_client_greeting(DigestScheme scheme) {
    std::vector<std::uint8_t> c1 = filler(5, handshake_part);
    const std::vector<std::uint8_t> head = {0, 0, 0, 0, 9, 0, 124, 2};
    std::ranges::copy(head, c1.begin());
    const std::size_t offset = digest_offset(c1, scheme);
    std::ranges::copy(part_digest(c1, offset, player_key()), c1.begin() + static_cast<std::ptrdiff_t>(offset));
    c1.insert(c1.begin(), 3);
    return c1;
}

TEST(Handshake, APlainClientSeesItsOwnBytesAgain) {
    const auto greeting = plain_client_greeting();
    for (std::size_t step : {std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
        const base::Bytes answer = answer_to(greeting, step);
        ASSERT_EQ(answer.size(), 1 + 2 * handshake_part);
        EXPECT_EQ(*answer.begin(), 3);
        EXPECT_EQ(tests::to_hex(answer.slice(1, 8)), "000003e800000000");
        EXPECT_TRUE(std::ranges::equal(answer.slice(1 + handshake_part).view(), base::ByteView(greeting).subspan(1)));
    }
}

TEST(Handshake, AFlashClientCanVerifyTheServer) {
    for (const DigestScheme scheme : {DigestScheme::first_half, DigestScheme::second_half}) {
        const auto greeting = digest_client_greeting(scheme);
        const base::Bytes answer = answer_to(greeting, 333);
        ASSERT_EQ(answer.size(), 1 + 2 * handshake_part);
        const base::ByteView s1 = answer.slice(1, handshake_part);
        const std::size_t offset = digest_offset(s1, scheme);
        EXPECT_TRUE(std::ranges::equal(s1.subspan(offset, 32), part_digest(s1, offset, server_key(false))));

        const base::ByteView s2 = answer.view().subspan(1 + handshake_part);
        const base::ByteView c1 = base::ByteView(greeting).subspan(1);
        const Digest key = hmac_sha256(server_key(true), c1.subspan(digest_offset(c1, scheme), 32));
        EXPECT_TRUE(std::ranges::equal(s2.subspan(1504), hmac_sha256(key, s2.first(1504))));
    }
}

TEST(Handshake, TheKeysAreThoseOfFlash) {
    EXPECT_EQ(player_key().size(), 30U);
    EXPECT_EQ(server_key(false).size(), 36U);
    EXPECT_EQ(server_key(true).size(), 68U);
    // RFC 4231, test case 2.
    EXPECT_EQ(tests::to_hex(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Handshake, AClientThatOnlyLooksLikeFlashIsAnsweredPlainly) {
    auto greeting = digest_client_greeting(DigestScheme::first_half);
    greeting[1 + digest_offset(base::ByteView(greeting).subspan(1), DigestScheme::first_half)] ^= 1;
    const base::Bytes answer = answer_to(greeting, 5000);
    EXPECT_TRUE(std::ranges::equal(answer.slice(1 + handshake_part).view(), base::ByteView(greeting).subspan(1)));
}

struct Stranger {
    const char* name;
    std::uint8_t first_byte;
    base::ErrorKind kind;
};

const Stranger strangers[] = {
    {"RTMPE", 6, base::ErrorKind::unsupported},    {"TLS", 0x16, base::ErrorKind::malformed},
    {"HTTP GET", 'G', base::ErrorKind::malformed}, {"zero", 0, base::ErrorKind::malformed},
    {"SSH", 'S', base::ErrorKind::malformed},
};

TEST(Handshake, AStrangerIsToldApartByTheFirstByte) {
    for (const Stranger& row : strangers) {
        ServerHandshake server(1);
        base::ByteWriter out;
        base::ByteView input(&row.first_byte, 1);
        const auto done = server.receive(input, 0, out);
        ASSERT_FALSE(done.has_value()) << row.name;
        EXPECT_EQ(done.error().kind, row.kind) << row.name;
    }
}

TEST(Handshake, OurClientAndOurServerAgreeAndLeaveTheFirstChunkAlone) {
    ServerHandshake server(1);
    ClientHandshake client(2);
    base::ByteWriter to_server;
    base::ByteWriter to_client;
    client.start(0, to_server);
    base::ByteView input = to_server.view();
    ASSERT_TRUE(server.receive(input, 0, to_client));
    base::ByteWriter rest;
    input = to_client.view();
    const auto client_done = client.receive(input, rest);
    ASSERT_TRUE(client_done && *client_done);
    rest.u8(0xAB);
    input = rest.view();
    const auto server_done = server.receive(input, 0, to_client);
    ASSERT_TRUE(server_done && *server_done);
    ASSERT_EQ(input.size(), 1U);
    EXPECT_EQ(input.front(), 0xAB);
}

}  // namespace

}  // namespace weir::proto::rtmp

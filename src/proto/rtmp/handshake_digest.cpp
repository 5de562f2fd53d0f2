#include "proto/rtmp/handshake_digest.hpp"

#include "proto/rtmp/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string_view>

namespace weir::proto::rtmp {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view player_text = "Genuine Adobe Flash Player 001"sv;
constexpr std::string_view server_text =
    "Genuine Adobe Flash Media Server 001"
    "\xF0\xEE\xC2\x4A\x80\x68\xBE\xE8\x2E\x00\xD0\xD1\x02\x9E\x7E\x57"
    "\x6E\xEC\x5D\x2D\x29\x80\x6F\xAB\x93\xB8\xE6\x36\xCF\xEB\x31\xAE"sv;
constexpr std::size_t server_name_size = 36;
/// Of the server, in S1. Clients look for a digest where the first byte is 3 or more.
constexpr std::uint32_t server_version = 0x04050001;

}  // namespace

base::ByteView player_key() noexcept { return base::as_bytes(player_text); }

base::ByteView server_key(bool whole) noexcept {
    return base::as_bytes(whole ? server_text : server_text.substr(0, server_name_size));
}

std::vector<std::uint8_t> filler(std::uint64_t seed, std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i, word >>= 8) {
        if (i % 8 == 0) {
            seed += 0x9E3779B97F4A7C15;  // SplitMix64
            word = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
            word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
            word ^= word >> 31;
        }
        bytes[i] = static_cast<std::uint8_t>(word);
    }
    return bytes;
}

Digest hmac_sha256(base::ByteView key, base::ByteView data) {
    Digest digest{};
    std::size_t size = 0;
    if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), data.data(), data.size(),
                  digest.data(), digest.size(), &size) == nullptr) {
        throw std::runtime_error("libcrypto has no HMAC-SHA256");
    }
    return digest;
}

std::size_t digest_offset(base::ByteView part, DigestScheme scheme) noexcept {
    assert(part.size() == handshake_part);
    const std::size_t from = scheme == DigestScheme::first_half ? 8 : 772;
    const unsigned sum = part[from] + part[from + 1] + part[from + 2] + part[from + 3];
    return from + 4 + sum % 728;
}

Digest part_digest(base::ByteView part, std::size_t offset, base::ByteView key) {
    std::vector<std::uint8_t> rest(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(offset));
    const base::ByteView behind = part.subspan(offset + Digest().size());
    rest.insert(rest.end(), behind.begin(), behind.end());
    return hmac_sha256(key, rest);
}

std::optional<ClientDigest> find_client_digest(base::ByteView c1) {
    // A client that leaves the version at zero speaks the plain form.
    if (std::ranges::all_of(c1.subspan(4, 4), [](std::uint8_t byte) { return byte == 0; })) {
        return std::nullopt;
    }
    for (const DigestScheme scheme : {DigestScheme::first_half, DigestScheme::second_half}) {
        const std::size_t offset = digest_offset(c1, scheme);
        const Digest digest = part_digest(c1, offset, player_key());
        if (std::ranges::equal(c1.subspan(offset, digest.size()), digest)) {
            return ClientDigest{scheme, digest};
        }
    }
    return std::nullopt;
}

void write_digest_answer(const ClientDigest& client, std::uint32_t milliseconds, std::uint64_t seed,
                         base::ByteWriter& out) {
    std::vector<std::uint8_t> s1 = filler(seed, handshake_part);
    for (std::size_t i = 0; i < 4; ++i) {
        s1[i] = static_cast<std::uint8_t>(milliseconds >> (24 - 8 * i));
        s1[4 + i] = static_cast<std::uint8_t>(server_version >> (24 - 8 * i));
    }
    const std::size_t offset = digest_offset(s1, client.scheme);
    std::ranges::copy(part_digest(s1, offset, server_key(false)), s1.begin() + static_cast<std::ptrdiff_t>(offset));
    out.bytes(s1);

    const std::vector<std::uint8_t> s2 = filler(seed + 1, handshake_part - Digest().size());
    out.bytes(s2);
    out.bytes(hmac_sha256(hmac_sha256(server_key(true), client.digest), s2));
}

}  // namespace weir::proto::rtmp

// The digest form of the handshake, as Flash players and servers speak it (published by no standard; every RTMP server knows it):
//
//   C1, S1   time (4)  version (4)  ... 1528 bytes with, at a place given by four of them, a digest of 32 ...
//   S2       1504 bytes, then the digest of these under a key made of C1's digest
//
// The place is `(sum of the four bytes) % 728` behind them; they stand at 8 (scheme 0) or at 772 (scheme 1).
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::proto::rtmp {

using Digest = std::array<std::uint8_t, 32>;

enum class DigestScheme : std::uint8_t { first_half, second_half };

struct ClientDigest {
    DigestScheme scheme;
    Digest digest;
};

/// The digest of a C1 of 1536 bytes, when it holds a true one.
[[nodiscard]] std::optional<ClientDigest> find_client_digest(base::ByteView c1);
/// Writes S1 and S2.
void write_digest_answer(const ClientDigest& client, std::uint32_t milliseconds, std::uint64_t seed,
                         base::ByteWriter& out);
/// `count` bytes that look random and depend on `seed` alone.
[[nodiscard]] std::vector<std::uint8_t> filler(std::uint64_t seed, std::size_t count);

/// Where the digest of a part of 1536 bytes starts.
[[nodiscard]] std::size_t digest_offset(base::ByteView part, DigestScheme scheme) noexcept;
/// HMAC-SHA256 of a part without its digest's own 32 bytes.
[[nodiscard]] Digest part_digest(base::ByteView part, std::size_t offset, base::ByteView key);
[[nodiscard]] Digest hmac_sha256(base::ByteView key, base::ByteView data);
/// "Genuine Adobe Flash Player 001"
[[nodiscard]] base::ByteView player_key() noexcept;
/// "Genuine Adobe Flash Media Server 001", and the 32 bytes behind it where `whole`.
[[nodiscard]] base::ByteView server_key(bool whole) noexcept;

}  // namespace weir::proto::rtmp

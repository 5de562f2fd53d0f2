// The RTMP handshake: C0 C1 C2 against S0 S1 S2 (Adobe RTMP 1.0, 5.2), and on the server side also the digest form of Flash
// clients, in which C1 proves knowledge of a key by HMAC-SHA256 at one of two places. What the client answers in C2 is
// not checked: clients differ, and nothing depends on it.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <vector>

namespace weir::proto::rtmp {

inline constexpr std::size_t handshake_part = 1536;  ///< C1, S1, C2 and S2

class ServerHandshake {
  public:
    /// `seed` makes the filler; it is no secret.
    explicit ServerHandshake(std::uint64_t seed) noexcept : seed_(seed) {}

    /// Takes what belongs to the handshake off the front of `bytes` and writes the answer when it is due. True once it
    /// is over; what is left in `bytes` is then the first chunk.
    [[nodiscard]] base::Result<bool> receive(base::ByteView& bytes, std::uint32_t milliseconds, base::ByteWriter& out);

  private:
    std::uint64_t seed_;
    std::vector<std::uint8_t> greeting_;  ///< C0 and C1, until they are complete
    std::size_t answer_left_ = handshake_part;
    bool answered_ = false;
};

class ClientHandshake {
  public:
    explicit ClientHandshake(std::uint64_t seed) noexcept : seed_(seed) {}

    /// Writes C0 and C1.
    void start(std::uint32_t milliseconds, base::ByteWriter& out);
    /// As on the server side.
    [[nodiscard]] base::Result<bool> receive(base::ByteView& bytes, base::ByteWriter& out);

  private:
    std::uint64_t seed_;
    std::vector<std::uint8_t> greeting_;  ///< S0 and S1, until they are complete
    std::size_t answer_left_ = handshake_part;
    bool answered_ = false;
};

}  // namespace weir::proto::rtmp

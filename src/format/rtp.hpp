// RTP packets (RFC 3550 5.1): the fixed header, and what may stand around the payload. Pure functions on bytes, which may be
// hostile. Contributing sources, the header extension (5.3.1) and padding are checked and taken off; nobody here needs them.
//
//   | version 2 = 2 | padding 1 | extension 1 | CSRC count 4 | marker 1 | payload type 7 | sequence number 16 |
//   | timestamp 32 | SSRC 32 | CSRC 32 ... | profile 16 | words 16 | extension 32 ... | payload | padding ..., its size 8 |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <type_traits>

namespace weir::format::rtp {

inline constexpr std::size_t header_size = 12;

struct Header {
    bool marker = false;
    std::uint8_t payload_type = 0;  ///< seven bits
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
    friend bool operator==(const Header&, const Header&) = default;
};

struct Packet {
    Header header;
    base::Bytes payload;  ///< shares the slab of the datagram; may be empty
    friend bool operator==(const Packet&, const Packet&) = default;
};

[[nodiscard]] base::Result<Packet> parse(const base::Bytes& datagram);
/// The twelve bytes before a payload.
void write(const Header& header, base::ByteWriter& out);

/// RTCP on the port of RTP (RFC 5761 4): told by the second byte.
[[nodiscard]] inline bool is_rtcp(base::ByteView datagram) noexcept {
    return datagram.size() >= 2 && datagram[1] >= 192 && datagram[1] <= 223;
}

/// A counter of `bits` that wraps, followed through its turns: each value is taken to be the one nearest to the last.
template <typename Count>
class Unwrapper {
  public:
    /// The first is itself.
    [[nodiscard]] std::int64_t read(Count value) noexcept {
        if (!started_) newest_ = value;
        else newest_ += step(value);
        started_ = true;
        return newest_;
    }
    /// The same, without moving there; 0 where nothing was read.
    [[nodiscard]] std::int64_t peek(Count value) const noexcept { return started_ ? newest_ + step(value) : value; }

  private:
    [[nodiscard]] std::int64_t step(Count value) const noexcept {
        return static_cast<std::make_signed_t<Count>>(static_cast<Count>(value - static_cast<Count>(newest_)));
    }

    std::int64_t newest_ = 0;
    bool started_ = false;
};

}  // namespace weir::format::rtp

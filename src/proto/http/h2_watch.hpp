// Looks at the frames of an HTTP/2 client (RFC 9113 4.1) before anybody works on them, and counts what it may send only so much of:
//   | length 24 | type 8 | flags 8 | reserved 1, stream 31 | payload |
// Sans-IO; it keeps the nine bytes of a header that has not come whole, and nothing of what is in a frame.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "proto/http/h2_limits.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace weir::proto::http {

/// Why a connection ends.
enum class H2Fault : std::uint8_t {
    malformed,  ///< not HTTP/2
    resets,     ///< too many streams were reset
    flood,      ///< too much of what asks for nothing
};

class H2Watch {
  public:
    explicit H2Watch(const H2Limits& limits) noexcept : limits_(limits) {}

    /// What came, in order, from the first byte on. Once something is wrong, that is the answer for ever.
    std::optional<H2Fault> receive(base::ByteView bytes, base::Instant now);
    /// A stream was reset by the server because of what the client did.
    std::optional<H2Fault> note_reset();
    /// Bytes of bodies that were sent: they pay for window updates.
    void note_sent(std::size_t bytes) noexcept { sent_ += bytes; }

    /// The header of a request has begun and not ended.
    [[nodiscard]] bool is_in_header() const noexcept { return in_header_; }

  private:
    static constexpr std::size_t frame_header_size = 9;
    static constexpr std::size_t preface_size = 24;

    void take_frame();
    void take_header(std::size_t length, bool ends);
    void count(std::uint32_t& counter, std::uint64_t most, H2Fault fault);

    H2Limits limits_;
    std::array<std::uint8_t, frame_header_size> header_{};
    std::size_t header_size_ = 0;  ///< bytes of it that have come
    std::size_t skip_ = preface_size;
    bool in_header_ = false;
    std::uint64_t block_size_ = 0;
    std::uint32_t continuations_ = 0;

    base::Instant interval_began_{};
    std::uint32_t resets_ = 0;
    std::uint32_t controls_ = 0;
    std::uint32_t updates_ = 0;
    std::uint64_t sent_ = 0;
    std::optional<H2Fault> fault_;
};

}  // namespace weir::proto::http

// Packetized elementary streams (ISO/IEC 13818-1 2.4.3.6): the payloads of one PID's packets become units, each with the times that stood
// before it. A unit is a PES packet, with those behind it that tell no time: they go on with what it began.
//   start code 24 = 000001 | stream 8 | length 16, 0: until the next | 2 = 10, 6 | PTS 1, DTS 1, 6 | header length 8 |
//   4, PTS 3, 1, 15, 1, 15, 1 | 4, DTS 3, 1, 15, 1, 15, 1 | ... | payload
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace weir::format::mpegts {

struct PesHeader {
    static constexpr std::size_t fixed_size = 9;  ///< what says how long the header is
    std::size_t size = fixed_size;                ///< whole
    std::optional<std::size_t> payload{};         ///< bytes behind it; nothing: until the next
    std::optional<std::uint64_t> pts{};           ///< 33 bits
    std::optional<std::uint64_t> dts{};
};

/// Of at least nine bytes; nothing where the header is longer than `bytes`. `unsupported` for streams that are not media (padding, and such).
[[nodiscard]] base::Result<std::optional<PesHeader>> parse_pes_header(base::ByteView bytes);

struct Pes {
    std::optional<std::uint64_t> pts{};
    std::optional<std::uint64_t> dts{};
    std::vector<std::uint8_t> payload{};
    bool is_damaged = false;  ///< something is missing at the end
};

class PesReader {
  public:
    explicit PesReader(std::size_t largest) noexcept : largest_(largest) {}

    /// The payload of a packet.
    void receive(bool starts_unit, base::ByteView payload);
    /// A packet is missing.
    void lose();
    /// Nothing follows: what is held is whole, as far as anybody knows.
    void finish();
    /// The next unit. Where its length is told it comes with its last packet, else with the next unit's first.
    [[nodiscard]] std::optional<Pes> next();

    /// Units beyond the limit, and headers that are none, since these were last taken.
    [[nodiscard]] std::uint64_t take_oversized() noexcept { return std::exchange(oversized_, 0); }
    [[nodiscard]] std::uint64_t take_malformed() noexcept { return std::exchange(malformed_, 0); }

  private:
    enum class State : std::uint8_t { idle, header, payload };

    void begin();
    void append(base::ByteView bytes);
    void close(bool is_damaged);

    std::size_t largest_;
    State state_ = State::idle;
    std::vector<std::uint8_t> header_;
    std::optional<Pes> open_;
    std::optional<std::size_t> missing_;  ///< bytes of the PES packet under way; nothing where it does not tell
    bool runs_on_ = false;                ///< units have been seen that go on in a further PES packet
    std::deque<Pes> units_;
    std::uint64_t oversized_ = 0;
    std::uint64_t malformed_ = 0;
};

}  // namespace weir::format::mpegts

// From bytes, cut anywhere, to transport packets (ISO/IEC 13818-1 2.4.3; the layout is in mpegts_packets.hpp). Packets are found by their
// sync bytes: three in a row at a distance of 188 bytes, of 192 (with an arrival time before each, as cameras and discs have it) or of 204
// (with a checksum behind). Where they are lost they are looked for again.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::format::mpegts {

/// One packet. Views are of the bytes it was parsed from.
struct TransportPacket {
    std::uint16_t pid = 0;
    bool is_damaged = false;   ///< says itself that it is
    bool starts_unit = false;  ///< a section or a PES packet
    bool is_encrypted = false;
    bool has_payload = false;
    std::uint8_t counter = 0;
    bool discontinuity = false;         ///< counters and clock may jump here
    std::optional<std::int64_t> pcr{};  ///< in units of 1/27,000,000 s; modulo 2^33 * 300
    base::ByteView payload{};
};

/// `bytes` are `packet_size` and begin with a sync byte. `malformed` where the adaptation field passes the end.
[[nodiscard]] base::Result<TransportPacket> parse_packet(base::ByteView bytes);

class PacketFinder {
  public:
    /// `search`: after so many bytes without a single packet at the start nothing is looked for any more.
    explicit PacketFinder(std::size_t search) noexcept : search_(search) {}

    void receive(base::ByteView bytes);
    /// Nothing follows: what there is need not be followed by more packets.
    void finish() noexcept { finished_ = true; }
    /// The next packet's bytes; they are valid until `receive`.
    [[nodiscard]] std::optional<base::ByteView> next();

    /// Times that packets were no longer where they should be.
    [[nodiscard]] std::uint64_t losses() const noexcept { return losses_; }
    [[nodiscard]] bool has_found() const noexcept { return found_; }
    /// There is no packet within `search`.
    [[nodiscard]] bool has_given_up() const noexcept { return !found_ && searched_ >= search_; }

  private:
    [[nodiscard]] std::size_t remaining() const noexcept { return at_ < held_.size() ? held_.size() - at_ : 0; }
    [[nodiscard]] bool find();
    [[nodiscard]] bool repeats(std::size_t distance) const noexcept;

    std::size_t search_;
    std::vector<std::uint8_t> held_;
    std::size_t at_ = 0;        ///< where in `held_` the next packet is, or is looked for; may be behind its end
    std::size_t distance_ = 0;  ///< from one packet to the next; 0 while they are looked for
    std::size_t searched_ = 0;
    std::uint64_t losses_ = 0;
    bool found_ = false;
    bool finished_ = false;
};

/// Whether a packet follows those before it on its PID (2.4.3.3).
class CounterWatch {
  public:
    enum class Step : std::uint8_t { follows, repeats, gap };
    /// `bytes` is the packet whole. One without payload follows whatever comes.
    [[nodiscard]] Step receive(const TransportPacket& packet, base::ByteView bytes) noexcept;

  private:
    static constexpr std::size_t tail_size = 16;
    std::optional<std::uint8_t> counter_;
    bool repeated_ = false;                       ///< the newest came twice; a third time is a gap
    std::array<std::uint8_t, tail_size> tail_{};  ///< of the newest
};

}  // namespace weir::format::mpegts

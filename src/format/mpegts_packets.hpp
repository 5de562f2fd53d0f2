// Transport packets of one PID (ISO/IEC 13818-1 2.4.3): what is carried is cut into packets of 188 bytes with a continuity
// counter, stuffed where it does not fill them.
//   sync 0x47 | error 1, unit start 1, priority 1, PID 13 | scrambling 2, adaptation 1, payload 1, counter 4 |
//   adaptation: length 8 | discontinuity 1, random access 1, ..., PCR 1, ... | PCR base 33, 6, extension 9 | 0xff ... |
//   payload
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace weir::format::mpegts {

inline constexpr std::size_t packet_size = 188;
/// Units of the program clock reference a second; presentation and decode times have 90,000.
inline constexpr std::int64_t pcr_scale = 27'000'000;

/// What the first packet of a unit says besides its payload.
struct Adaptation {
    bool discontinuity = false;         ///< the decoder starts anew here
    bool random_access = false;         ///< a decoder may start here
    std::optional<std::int64_t> pcr{};  ///< in units of 1/27,000,000 s; modulo 2^33 * 300
};

/// Whether the counter stands anywhere after a unit, or where the first unit found it, so that segments of which each is written by
/// itself are continuous end to end. For that a unit is spread over up to fifteen packets more than it needs.
enum class Continuity : std::uint8_t { goes_on, comes_round };

class PidWriter {
  public:
    explicit PidWriter(std::uint16_t pid) noexcept : pid_(pid) {}

    /// A unit (a PES packet) whose bytes are `pieces` end to end; it is of sixteen bytes at least.
    void write(std::span<const base::ByteView> pieces, const Adaptation& adaptation, Continuity continuity,
               base::ByteWriter& out);
    /// A section of at most 183 bytes, in one packet.
    void write_section(base::ByteView section, base::ByteWriter& out);
    /// No payload, and so the counter stays.
    void write_adaptation(const Adaptation& adaptation, base::ByteWriter& out) const;

    [[nodiscard]] std::uint16_t pid() const noexcept { return pid_; }
    /// As it was one packet ago: what it writes is followed by what this one does.
    [[nodiscard]] PidWriter before() const noexcept;
    /// It stands where it began.
    [[nodiscard]] bool is_round() const noexcept { return next_ == 0; }

  private:
    void write_header(bool starts_unit, std::size_t adaptation_size, bool has_payload, std::uint8_t counter,
                      base::ByteWriter& out) const;

    std::uint16_t pid_;
    std::uint8_t next_ = 0;  ///< the counter of the next packet with payload
};

/// CRC_32 of a section (Annex A).
[[nodiscard]] std::uint32_t crc32(base::ByteView bytes) noexcept;

}  // namespace weir::format::mpegts

#include "format/mpegts_packets.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace weir::format::mpegts {

namespace {

constexpr std::size_t header_size = 4;
constexpr std::size_t room = packet_size - header_size;
constexpr std::uint8_t sync_byte = 0x47;
constexpr std::uint8_t counters = 16;
constexpr std::int64_t pcr_per_time = 300;  // units of the PCR in one of 90 kHz
constexpr std::int64_t clock_size = std::int64_t{1} << 33;

/// With its length byte; nothing where it would say nothing.
std::size_t size_of(const Adaptation& adaptation) noexcept {
    if (adaptation.pcr) return 8;
    return adaptation.discontinuity || adaptation.random_access ? 2 : 0;
}

/// Fills `size` bytes, which are as many as it takes or more.
void write_field(const Adaptation& adaptation, std::size_t size, base::ByteWriter& out) {
    if (size == 0) return;
    const std::size_t end = out.size() + size;
    out.u8(static_cast<std::uint8_t>(size - 1));
    if (size == 1) return;
    out.u8(static_cast<std::uint8_t>((adaptation.discontinuity ? 0x80U : 0U) | (adaptation.random_access ? 0x40U : 0U) |
                                     (adaptation.pcr ? 0x10U : 0U)));
    if (adaptation.pcr) {
        const auto base = static_cast<std::uint64_t>(*adaptation.pcr / pcr_per_time % clock_size);
        const auto extension = static_cast<std::uint64_t>(*adaptation.pcr % pcr_per_time);
        const std::uint64_t field = base << 15 | 0x7e00U | extension;
        out.u16(static_cast<std::uint16_t>(field >> 32));
        out.u32(static_cast<std::uint32_t>(field));
    }
    while (out.size() < end) out.u8(0xff);
}

/// Takes bytes off the front of some pieces.
class PieceReader {
  public:
    explicit PieceReader(std::span<const base::ByteView> pieces) noexcept : pieces_(pieces) {}

    void take(std::size_t size, base::ByteWriter& out) {
        while (size > 0) {
            const base::ByteView piece = pieces_.front().subspan(used_);
            const std::size_t taken = std::min(size, piece.size());
            out.bytes(piece.first(taken));
            size -= taken;
            used_ += taken;
            if (used_ < pieces_.front().size()) continue;
            pieces_ = pieces_.subspan(1);
            used_ = 0;
        }
    }

  private:
    std::span<const base::ByteView> pieces_;
    std::size_t used_ = 0;  ///< of the first
};

}  // namespace

void PidWriter::write(std::span<const base::ByteView> pieces, const Adaptation& adaptation, Continuity continuity,
                      base::ByteWriter& out) {
    std::size_t size = 0;
    for (const base::ByteView piece : pieces) size += piece.size();
    const std::size_t first_room = room - size_of(adaptation);
    std::size_t packets = size <= first_room ? 1 : 1 + (size - first_room + room - 1) / room;
    if (continuity == Continuity::comes_round) packets += (counters - (next_ + packets) % counters) % counters;
    assert(size >= packets);
    PieceReader reader(pieces);
    for (std::size_t left = packets; left > 0; --left) {
        const bool is_first = left == packets;
        const Adaptation& said = is_first ? adaptation : Adaptation{};
        // As much as fits, and a byte for each packet that follows.
        const std::size_t payload = std::min(room - size_of(said), size - (left - 1));
        write_header(is_first, room - payload, true, next_, out);
        write_field(said, room - payload, out);
        reader.take(payload, out);
        size -= payload;
        next_ = (next_ + 1) % counters;
    }
}

void PidWriter::write_section(base::ByteView section, base::ByteWriter& out) {
    assert(section.size() < room);
    write_header(true, 0, true, next_, out);
    out.u8(0);  // the section starts right here
    out.bytes(section);
    for (std::size_t i = section.size() + 1; i < room; ++i) out.u8(0xff);
    next_ = (next_ + 1) % counters;
}

void PidWriter::write_adaptation(const Adaptation& adaptation, base::ByteWriter& out) const {
    write_header(false, room, false, (next_ + counters - 1) % counters, out);
    write_field(adaptation, room, out);
}

PidWriter PidWriter::before() const noexcept {
    PidWriter earlier = *this;
    earlier.next_ = (next_ + counters - 1) % counters;
    return earlier;
}

void PidWriter::write_header(bool starts_unit, std::size_t adaptation_size, bool has_payload, std::uint8_t counter,
                             base::ByteWriter& out) const {
    out.u8(sync_byte);
    out.u16(static_cast<std::uint16_t>((starts_unit ? 0x4000U : 0U) | pid_));
    out.u8(static_cast<std::uint8_t>((adaptation_size > 0 ? 0x20U : 0U) | (has_payload ? 0x10U : 0U) | counter));
}

std::uint32_t crc32(base::ByteView bytes) noexcept {
    static constexpr std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> entries{};
        for (std::uint32_t i = 0; i < entries.size(); ++i) {
            std::uint32_t value = i << 24;
            for (int bit = 0; bit < 8; ++bit) value = value & 0x8000'0000U ? value << 1 ^ 0x04c1'1db7U : value << 1;
            entries[i] = value;
        }
        return entries;
    }();
    std::uint32_t crc = UINT32_MAX;
    for (const std::uint8_t byte : bytes) crc = crc << 8 ^ table[crc >> 24 ^ byte];
    return crc;
}

}  // namespace weir::format::mpegts

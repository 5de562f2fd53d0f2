#include "format/rtp.hpp"

#include "base/byte_reader.hpp"

namespace weir::format::rtp {

using base::ByteReader;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr unsigned version = 2;

/// What the payload is cut from, behind the fixed header.
Result<void> skip_sources_and_extension(ByteReader& reader, std::uint8_t first) {
    TRY(reader.skip(std::size_t{4} * (first & 0x0fU)));
    if ((first & 0x10) == 0) return {};
    TRY(reader.skip(2));
    const std::size_t words = TRY(reader.u16());
    return reader.skip(4 * words);
}

}  // namespace

Result<Packet> parse(const base::Bytes& datagram) {
    ByteReader reader(datagram);
    const std::uint8_t first = TRY(reader.u8());
    if (first >> 6 != version) return fail(ErrorKind::malformed, "an RTP packet is not of version 2");
    const std::uint8_t second = TRY(reader.u8());
    Packet packet;
    packet.header.marker = (second & 0x80) != 0;
    packet.header.payload_type = second & 0x7f;
    packet.header.sequence = TRY(reader.u16());
    packet.header.timestamp = TRY(reader.u32());
    packet.header.ssrc = TRY(reader.u32());
    TRY(skip_sources_and_extension(reader, first));
    std::size_t size = reader.remaining();
    if ((first & 0x20) != 0) {
        const std::size_t padding = size == 0 ? 0U : datagram.view().back();
        if (padding == 0 || padding > size) return fail(ErrorKind::malformed, "the padding of an RTP packet is wrong");
        size -= padding;
    }
    packet.payload = datagram.slice(reader.position(), size);
    return packet;
}

void write(const Header& header, base::ByteWriter& out) {
    out.u8(version << 6);
    out.u8(static_cast<std::uint8_t>((header.marker ? 0x80U : 0U) | (header.payload_type & 0x7fU)));
    out.u16(header.sequence);
    out.u32(header.timestamp);
    out.u32(header.ssrc);
}

}  // namespace weir::format::rtp

#include "format/rtp_av1.hpp"

#include "base/byte_reader.hpp"
#include "media/av1.hpp"

#include <algorithm>

namespace weir::format::rtp {

using base::ByteReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint8_t continues_flag = 0x80;  ///< Z
constexpr std::uint8_t goes_on_flag = 0x40;    ///< Y
constexpr std::uint8_t sequence_flag = 0x08;   ///< N
constexpr std::uint8_t extension_flag = 0x04;  ///< of an OBU
constexpr std::uint8_t size_flag = 0x02;

/// leb128() of sizes that a payload may have.
Result<std::size_t> read_size(ByteReader& reader) {
    std::size_t size = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        const std::uint8_t byte = TRY(reader.u8());
        size |= std::size_t{byte & 0x7fU} << shift;
        if ((byte & 0x80) == 0) return size;
    }
    return fail(ErrorKind::malformed, "the size of an AV1 unit over RTP is too large");
}

/// Two bytes hold what fits in a packet.
void write_size(std::size_t size, base::ByteWriter& out) {
    if (size > 0x7f) out.u8(static_cast<std::uint8_t>(0x80 | (size & 0x7f)));
    out.u8(static_cast<std::uint8_t>(size > 0x7f ? size >> 7 : size));
}

}  // namespace

// Frames

bool Av1Frames::begins_frame(ByteView payload) const noexcept {
    return (payload[0] & (continues_flag | sequence_flag)) == sequence_flag;
}

Result<void> Av1Frames::add(ByteView payload) {
    ByteReader reader(payload);
    const std::uint8_t head = TRY(reader.u8());
    const unsigned elements = head >> 4 & 0x03;
    if (((head & continues_flag) != 0) != (unit_.size() != 0))
        return fail(ErrorKind::malformed, "an AV1 unit over RTP is continued that was not begun, or not continued");
    for (unsigned i = 1; !reader.at_end(); ++i) {
        const std::size_t size = i == elements ? reader.remaining() : TRY(read_size(reader));
        const ByteView element = TRY(reader.take(size));
        TRY(add_element(element, reader.at_end() && (head & goes_on_flag) != 0));
    }
    return {};
}

Result<void> Av1Frames::add_element(ByteView element, bool goes_on) {
    unit_.bytes(element);
    if (goes_on) return {};
    const Bytes unit = TRY(media::av1::normalized(unit_.to_bytes()));
    unit_.clear();
    frame_.bytes(unit);
    return {};
}

Result<Bytes> Av1Frames::finish() {
    const bool is_whole = unit_.size() == 0;
    Bytes frame = frame_.to_bytes();
    drop();
    if (!is_whole) return fail(ErrorKind::malformed, "the last AV1 unit of a frame over RTP does not end");
    return frame;
}

void Av1Frames::drop() {
    frame_.clear();
    unit_.clear();
}

// Packets

void Av1Packetizer::write(const media::Packet& packet, Payloads& out) {
    begins_sequence_ = packet.keyframe;
    begin_packet(false);
    media::av1::ObuReader units(packet.payload);
    for (auto unit = units.next(); unit && *unit; unit = units.next()) {
        // RTP says how long it is, so it need not itself (4.5).
        const ByteView whole = (*unit)->whole;
        unit_.clear();
        unit_.u8(whole[0] & static_cast<std::uint8_t>(~size_flag));
        if ((whole[0] & extension_flag) != 0) unit_.u8(whole[1]);
        unit_.bytes((*unit)->payload);
        write_unit(unit_.view(), out);
    }
    if (payload_.size() > 1) end_packet(false, true, out);
}

void Av1Packetizer::write_unit(ByteView unit, Payloads& out) {
    constexpr std::size_t size_bytes = 2;
    while (true) {
        const std::size_t used = payload_.size() + size_bytes;
        const std::size_t room = used < most_ ? most_ - used : 0;
        const bool fits = unit.size() <= room;
        // A packet that has something in it already is not worth a fragment of a few bytes.
        if (!fits && room < most_ / 4) {
            end_packet(false, false, out);
            begin_packet(false);
            continue;
        }
        const ByteView part = unit.first(std::min(room, unit.size()));
        write_size(part.size(), payload_);
        payload_.bytes(part);
        if (fits) return;
        unit = unit.subspan(part.size());
        end_packet(true, false, out);
        begin_packet(true);
    }
}

void Av1Packetizer::begin_packet(bool is_continuation) {
    payload_.clear();
    payload_.u8(0);
    head_ = is_continuation ? continues_flag : 0;
}

void Av1Packetizer::end_packet(bool goes_on, bool marker, Payloads& out) {
    if (goes_on) head_ |= goes_on_flag;
    if (std::exchange(begins_sequence_, false)) head_ |= sequence_flag;
    out.bytes().u8(head_);
    out.bytes().bytes(payload_.view().subspan(1));
    out.end(marker);
}

}  // namespace weir::format::rtp

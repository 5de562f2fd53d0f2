#include "format/rtmp_chunks.hpp"

#include <cassert>

namespace weir::format::rtmp {

namespace {

constexpr std::uint32_t extended_mark = 0xFFFFFF;
constexpr std::uint8_t format_3 = 0xC0;

}  // namespace

void write_first_header(const MessageHeader& message, base::ByteWriter& out) {
    assert(message.chunk_stream >= 2 && message.chunk_stream < 64 && message.length <= 0xFFFFFF);
    const bool extended = message.timestamp >= extended_mark;
    out.u8(message.chunk_stream);
    out.u24(extended ? extended_mark : message.timestamp);
    out.u24(static_cast<std::uint32_t>(message.length));
    out.u8(message.type);
    out.u32_little_endian(message.stream_id);
    if (extended) out.u32(message.timestamp);
}

void write_next_header(const MessageHeader& message, base::ByteWriter& out) {
    out.u8(format_3 | message.chunk_stream);
    if (message.timestamp >= extended_mark) out.u32(message.timestamp);
}

}  // namespace weir::format::rtmp

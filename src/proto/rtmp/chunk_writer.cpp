#include "proto/rtmp/chunk_writer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::proto::rtmp {

void ChunkWriter::write(ChunkStreamId id, MessageType type, std::uint32_t timestamp, std::uint32_t stream_id,
                        base::ByteView payload, base::ByteWriter& out) const {
    assert(payload.size() <= 0xFFFFFF);
    constexpr std::uint32_t extended_mark = 0xFFFFFF;
    constexpr std::uint8_t format_3 = 0xC0;
    const bool extended = timestamp >= extended_mark;
    out.u8(std::to_underlying(id));
    out.u24(extended ? extended_mark : timestamp);
    out.u24(static_cast<std::uint32_t>(payload.size()));
    out.u8(std::to_underlying(type));
    out.u32_little_endian(stream_id);
    while (true) {
        if (extended) {
            out.u32(timestamp);
        }
        const std::size_t count = std::min<std::size_t>(payload.size(), chunk_size_);
        out.bytes(payload.first(count));
        payload = payload.subspan(count);
        if (payload.empty()) {
            return;
        }
        out.u8(format_3 | std::to_underlying(id));
    }
}

}  // namespace weir::proto::rtmp

#include "proto/rtmp/chunk_writer.hpp"

#include "format/rtmp_chunks.hpp"

#include <algorithm>
#include <utility>

namespace weir::proto::rtmp {

void ChunkWriter::write(ChunkStreamId id, MessageType type, std::uint32_t timestamp, std::uint32_t stream_id,
                        base::ByteView payload, base::ByteWriter& out) const {
    const format::rtmp::MessageHeader message{.chunk_stream = std::to_underlying(id),
                                              .type = std::to_underlying(type),
                                              .timestamp = timestamp,
                                              .stream_id = stream_id,
                                              .length = payload.size()};
    write_first_header(message, out);
    while (true) {
        const std::size_t count = std::min<std::size_t>(payload.size(), chunk_size_);
        out.bytes(payload.first(count));
        payload = payload.subspan(count);
        if (payload.empty()) {
            return;
        }
        write_next_header(message, out);
    }
}

}  // namespace weir::proto::rtmp

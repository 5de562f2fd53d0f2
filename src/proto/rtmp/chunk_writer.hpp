// Cuts messages into chunks (Adobe RTMP 1.0, 5.3): a full header (format 0), then format 3, with the extended timestamp
// repeated as the specification has it.
#pragma once

#include "base/byte_writer.hpp"
#include "proto/rtmp/message.hpp"

#include <cstdint>

namespace weir::proto::rtmp {

/// By convention; below 64, so that the basic header is one byte.
enum class ChunkStreamId : std::uint8_t { control = 2, command = 3, audio = 4, data = 5, video = 6 };

class ChunkWriter {
  public:
    /// The next message is cut by it: the peer must have been told before.
    void set_chunk_size(std::uint32_t size) noexcept { chunk_size_ = size; }
    void write(ChunkStreamId id, MessageType type, std::uint32_t timestamp, std::uint32_t stream_id,
               base::ByteView payload, base::ByteWriter& out) const;

  private:
    std::uint32_t chunk_size_ = 128;
};

}  // namespace weir::proto::rtmp

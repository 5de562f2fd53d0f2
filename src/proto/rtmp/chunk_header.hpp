// The header of a chunk (Adobe RTMP 1.0, 5.3.1):
//
//   basic header    format (2)  id (6); id 0: one more byte, id - 64; id 1: two more, id - 64, little-endian
//   format 0        timestamp (24)  length (24)  type (8)  message stream (32, little-endian)
//   format 1        delta (24)  length (24)  type (8)
//   format 2        delta (24)
//   format 3        nothing
//   extended        time (32), where the 24 bits are all ones; behind format 3 as in the header before
#pragma once

#include "base/bytes.hpp"
#include "proto/rtmp/message.hpp"

#include <cstdint>
#include <optional>

namespace weir::proto::rtmp {

inline constexpr std::size_t longest_chunk_header = 3 + 11 + 4;

struct ChunkHeader {
    std::size_t size = 0;  ///< on the wire
    std::uint32_t chunk_stream_id = 0;
    unsigned format = 0;
    std::uint32_t time = 0;  ///< absolute (format 0) or a delta (1, 2)
    bool extended = false;
    std::uint32_t length = 0;
    MessageType type = MessageType::amf0_command;
    std::uint32_t stream_id = 0;
};

/// The first one to three bytes: format, id and their size; nullopt when there are too few.
[[nodiscard]] std::optional<ChunkHeader> parse_basic_header(base::ByteView bytes) noexcept;
/// The whole header that starts with the basic header in `header`; nullopt when there are too few bytes. `extended_before` is the extended time
/// of the last header on the chunk stream, where it had one: format 3 may repeat it.
[[nodiscard]] std::optional<ChunkHeader> parse_chunk_header(base::ByteView bytes, ChunkHeader header,
                                                            std::optional<std::uint32_t> extended_before) noexcept;

}  // namespace weir::proto::rtmp

// How a message stands in chunks (Adobe RTMP 1.0, 5.3.1): a full header, then as much of the body as a chunk takes, then, until
// the body is out, a header of one byte (format 3) and the next part. The extended timestamp stands behind each of them.
//
//   format 0 | 0 2 | id 6 | timestamp 24 | length 24 | type 8 | message stream 32, little-endian | (extended timestamp 32)
//   format 3 | 3 2 | id 6 | (extended timestamp 32)
#pragma once

#include "base/byte_writer.hpp"

#include <cstddef>
#include <cstdint>

namespace weir::format::rtmp {

struct MessageHeader {
    std::uint8_t chunk_stream = 0;  ///< 2 to 63
    std::uint8_t type = 0;
    std::uint32_t timestamp = 0;  ///< milliseconds, modulo 2^32
    std::uint32_t stream_id = 0;
    std::size_t length = 0;  ///< of the body: below 2^24
};

/// Before the first part of the body.
void write_first_header(const MessageHeader& message, base::ByteWriter& out);
/// Before each further part.
void write_next_header(const MessageHeader& message, base::ByteWriter& out);

}  // namespace weir::format::rtmp

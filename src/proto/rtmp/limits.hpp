// What one RTMP connection may take: memory, time, and the sizes that its peer may choose.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace weir::proto::rtmp {

struct Limits {
    std::size_t message_bytes = std::size_t{8} << 20;    ///< one audio or video message; a larger claim closes the connection
    std::size_t command_bytes = std::size_t{64} << 10;   ///< one command, metadata or control message, and any message before a publish is accepted
    std::size_t unfinished_bytes = std::size_t{12} << 20; ///< messages under way on all chunk streams together
    std::size_t chunk_streams = 32;                      ///< chunk streams that a peer may open
    std::uint32_t message_streams = 16;                  ///< createStream calls on one connection
    std::uint32_t smallest_window = 64U << 10;           ///< acknowledgements are sent no more often than this many bytes
    base::Duration handshake = std::chrono::seconds(10); ///< from accept to the end of the handshake
    base::Duration setup = std::chrono::seconds(10);     ///< from the handshake, or the last publication, to a publish
    base::Duration silence = std::chrono::seconds(10);   ///< a publisher that sends no media is closed: the stream's `timeout`
};

}  // namespace weir::proto::rtmp

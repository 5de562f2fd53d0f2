// The sending half of a connection: control messages and commands, as chunks, into one output (Adobe RTMP 1.0, 5.4, 6.2, 7).
#pragma once

#include "base/byte_writer.hpp"
#include "proto/rtmp/chunk_writer.hpp"
#include "proto/rtmp/command.hpp"

#include <cstdint>

namespace weir::proto::rtmp {

enum class UserControl : std::uint16_t {
    stream_begin = 0,
    stream_end = 1,
    set_buffer_length = 3,
    ping_request = 6,
    ping_response = 7
};

class Sender {
  public:
    /// Tells the peer, and cuts by it from then on.
    void set_chunk_size(std::uint32_t size);
    void acknowledge(std::uint32_t received);
    void set_window(std::uint32_t size);
    /// With the limit type "dynamic".
    void set_peer_bandwidth(std::uint32_t size);
    void user_control(UserControl event, std::uint32_t value);
    /// What a player buffers of a stream, in milliseconds.
    void set_buffer_length(std::uint32_t stream_id, std::uint32_t milliseconds);
    void command(std::uint32_t stream_id, const Command& command);
    /// A media or data message.
    void message(ChunkStreamId id, MessageType type, std::uint32_t timestamp, std::uint32_t stream_id,
                 base::ByteView payload);

    /// For the handshake, which is not made of chunks.
    [[nodiscard]] base::ByteWriter& raw() noexcept { return out_; }
    /// What was written since the last call; gives back the memory.
    [[nodiscard]] base::Bytes take();

  private:
    void control(MessageType type, base::ByteView payload);

    ChunkWriter chunks_;
    base::ByteWriter out_;
};

}  // namespace weir::proto::rtmp

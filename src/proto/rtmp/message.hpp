// RTMP messages, whole: what chunk streams carry (Adobe RTMP 1.0, 5.4, 6 and 7). A value; its payload is shared, never copied.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace weir::proto::rtmp {

enum class MessageType : std::uint8_t {
    set_chunk_size = 1,
    abort = 2,
    acknowledgement = 3,
    user_control = 4,
    window_acknowledgement_size = 5,
    set_peer_bandwidth = 6,
    audio = 8,
    video = 9,
    amf3_data = 15,
    amf3_shared_object = 16,
    amf3_command = 17,
    amf0_data = 18,
    amf0_shared_object = 19,
    amf0_command = 20,
    aggregate = 22,
};

struct Message {
    MessageType type = MessageType::amf0_command;
    std::uint32_t timestamp = 0;  ///< milliseconds, wrapping at 2^32
    std::uint32_t stream_id = 0;  ///< message stream; 0 is the connection itself
    base::Bytes payload;

    friend bool operator==(const Message&, const Message&) noexcept = default;
};

}  // namespace weir::proto::rtmp

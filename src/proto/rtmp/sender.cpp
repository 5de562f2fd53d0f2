#include "proto/rtmp/sender.hpp"

#include <utility>

namespace weir::proto::rtmp {

void Sender::control(MessageType type, base::ByteView payload) {
    chunks_.write(ChunkStreamId::control, type, 0, 0, payload, out_);
}

void Sender::set_chunk_size(std::uint32_t size) {
    base::ByteWriter payload;
    payload.u32(size);
    control(MessageType::set_chunk_size, payload.view());
    chunks_.set_chunk_size(size);
}

void Sender::acknowledge(std::uint32_t received) {
    base::ByteWriter payload;
    payload.u32(received);
    control(MessageType::acknowledgement, payload.view());
}

void Sender::set_window(std::uint32_t size) {
    base::ByteWriter payload;
    payload.u32(size);
    control(MessageType::window_acknowledgement_size, payload.view());
}

void Sender::set_peer_bandwidth(std::uint32_t size) {
    constexpr std::uint8_t dynamic = 2;
    base::ByteWriter payload;
    payload.u32(size);
    payload.u8(dynamic);
    control(MessageType::set_peer_bandwidth, payload.view());
}

void Sender::user_control(UserControl event, std::uint32_t value) {
    base::ByteWriter payload;
    payload.u16(std::to_underlying(event));
    payload.u32(value);
    control(MessageType::user_control, payload.view());
}

void Sender::set_buffer_length(std::uint32_t stream_id, std::uint32_t milliseconds) {
    base::ByteWriter payload;
    payload.u16(std::to_underlying(UserControl::set_buffer_length));
    payload.u32(stream_id);
    payload.u32(milliseconds);
    control(MessageType::user_control, payload.view());
}

void Sender::command(std::uint32_t stream_id, const Command& command) {
    base::ByteWriter payload;
    write(command, payload);
    message(ChunkStreamId::command, MessageType::amf0_command, 0, stream_id, payload.view());
}

void Sender::message(ChunkStreamId id, MessageType type, std::uint32_t timestamp, std::uint32_t stream_id,
                     base::ByteView payload) {
    chunks_.write(id, type, timestamp, stream_id, payload, out_);
}

base::Bytes Sender::take() { return std::exchange(out_, {}).to_bytes(); }

}  // namespace weir::proto::rtmp

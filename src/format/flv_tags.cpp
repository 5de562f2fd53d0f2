#include "format/flv_tags.hpp"

#include <cassert>

namespace weir::format::flv {

namespace {

using media::Codec;

constexpr std::uint8_t enhanced = 0x80;
constexpr std::uint8_t aac_sound = 0xaf;                     ///< AAC; the rest of the byte is fixed for it (E.4.2.1)
constexpr std::int64_t largest_composition_time = 0x7fffff;  ///< SI24

std::uint8_t frame_type(bool keyframe) {
    return static_cast<std::uint8_t>(keyframe ? FrameType::key : FrameType::inter);
}

/// Legacy H.264: frame type, codec, packet type, composition time.
void write_h264_header(bool keyframe, PacketType type, std::int64_t composition_time, base::ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(frame_type(keyframe) << 4 | media::info(Codec::h264).flv_id));
    out.u8(static_cast<std::uint8_t>(type));
    out.u24(static_cast<std::uint32_t>(composition_time));
}

/// Enhanced RTMP: frame type, packet type, FourCC.
void write_enhanced_header(const media::Track& track, bool keyframe, ExPacketType type, base::ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(enhanced | frame_type(keyframe) << 4 | static_cast<unsigned>(type)));
    out.text(media::info(track.codec).fourcc);
}

void write_aac_header(PacketType type, base::ByteWriter& out) {
    out.u8(aac_sound);
    out.u8(static_cast<std::uint8_t>(type));
}

}  // namespace

bool can_carry(Codec codec) noexcept { return codec == Codec::h264 || codec == Codec::hevc || codec == Codec::aac; }

void write_config_body(const media::Track& track, base::ByteWriter& out) {
    assert(can_carry(track.codec));
    if (track.codec == Codec::h264) write_h264_header(true, PacketType::sequence_header, 0, out);
    if (track.codec == Codec::hevc) write_enhanced_header(track, true, ExPacketType::sequence_start, out);
    if (track.codec == Codec::aac) write_aac_header(PacketType::sequence_header, out);
    out.bytes(track.config);
}

void write_frame_header(const media::Track& track, const media::Packet& packet, base::ByteWriter& out,
                        media::Ticks origin) {
    assert(can_carry(track.codec));
    if (track.codec == Codec::aac) return write_aac_header(PacketType::frame, out);
    const std::int64_t delay = (packet.pts - origin).to_milliseconds() - (packet.dts - origin).to_milliseconds();
    const std::int64_t composition_time = std::clamp(delay, -largest_composition_time - 1, largest_composition_time);
    if (track.codec == Codec::h264) return write_h264_header(packet.keyframe, PacketType::frame, composition_time, out);
    const bool delayed = composition_time != 0;
    write_enhanced_header(track, packet.keyframe, delayed ? ExPacketType::coded_frames : ExPacketType::coded_frames_x,
                          out);
    if (delayed) out.u24(static_cast<std::uint32_t>(composition_time));
}

void write_end_body(const media::Track& track, base::ByteWriter& out) {
    if (track.codec == Codec::h264) write_h264_header(true, PacketType::end_of_sequence, 0, out);
    if (track.codec == Codec::hevc) write_enhanced_header(track, true, ExPacketType::sequence_end, out);
}

}  // namespace weir::format::flv

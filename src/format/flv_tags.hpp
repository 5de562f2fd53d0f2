// The bodies of FLV tags, which are the bodies of RTMP audio and video messages too: their layout and how they are written
// (Adobe Flash Video 10.1 Annex E.4.2 and E.4.3; Enhanced RTMP v1 for HEVC). Pure functions; `flv_body_parser` reads them.
//
//   H.264  | frame type 4 | codec 4 = 7 | AVCPacketType 8 | composition time, SI24, ms | avcC or access unit ...
//   HEVC   | 1 | frame type 3 | packet type 4 | FourCC 32 = hvc1 | (CodedFrames: composition time SI24) | hvcC or unit ...
//   AAC    | format 4 = 10 | rate 2 = 3 | size 1 = 1 | channels 1 = 1 | AACPacketType 8 | config or frame ...
#pragma once

#include "base/byte_writer.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <algorithm>
#include <cstdint>

namespace weir::format::flv {

/// TagType of a file, message type id of RTMP.
enum class TagType : std::uint8_t { audio = 8, video = 9, script = 18 };

/// UB[4] of the first byte of a video body.
enum class FrameType : std::uint8_t { key = 1, inter = 2, disposable = 3, generated_key = 4, command = 5 };
/// AVCPacketType, and AACPacketType as far as it goes.
enum class PacketType : std::uint8_t { sequence_header = 0, frame = 1, end_of_sequence = 2 };
/// PacketType of Enhanced RTMP.
enum class ExPacketType : std::uint8_t {
    sequence_start = 0,
    coded_frames = 1,
    sequence_end = 2,
    coded_frames_x = 3,
    metadata = 4,
    mpegts_sequence_start = 5,
    multitrack = 6,
    mod_ex = 7,
};

[[nodiscard]] constexpr TagType tag_type(media::Kind kind) noexcept {
    return kind == media::Kind::video ? TagType::video : TagType::audio;
}
/// A stream time as FLV and RTMP carry it: milliseconds since `origin` (what is earlier says 0), modulo 2^32.
[[nodiscard]] inline std::uint32_t wire_time(media::Ticks time, media::Ticks origin = {}) noexcept {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(0, (time - origin).to_milliseconds()));
}
/// Whether FLV and RTMP can carry the codec as we write them: H.264, HEVC, AAC.
[[nodiscard]] bool can_carry(media::Codec codec) noexcept;

/// The body that announces a track's config record. The codec must be one that `can_carry`.
void write_config_body(const media::Track& track, base::ByteWriter& out);
/// What precedes the payload in the body of a packet: 2 bytes for AAC, 5 for H.264, 8 (or 5, where pts is dts) for HEVC.
/// `origin` as in `wire_time`, so that both times of a frame are rounded from the same zero.
void write_frame_header(const media::Track& track, const media::Packet& packet, base::ByteWriter& out,
                        media::Ticks origin = {});
/// The body that says that no more of a video track follows; nothing for audio, which has none.
void write_end_body(const media::Track& track, base::ByteWriter& out);

}  // namespace weir::format::flv

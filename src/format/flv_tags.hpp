// The bodies of FLV tags, which are the bodies of RTMP audio and video messages too: their layout and how they are written
// (Adobe Flash Video 10.1 Annex E.4.2 and E.4.3; Enhanced RTMP v2 for what is newer). Pure functions; `flv_body_parser` reads them.
// How FLV has a codec is one table, in flv_tags.cpp.
//
//   H.264     | frame type 4 | codec 4 = 7 | AVCPacketType 8 | composition time, SI24, ms | avcC or access unit ...
//   AAC       | format 4 = 10 | rate 2 = 3 | size 1 = 1 | channels 1 = 1 | AACPacketType 8 | config or frame ...
//   MP3, G.711 | format 4 = 2, 7, 8 | rate 2 | size 1 = 1 | channels 1 | frame ...
//   HEVC, AV1, VP9, VP8      | 1 | frame type 3 | packet type 4 | FourCC 32 | (HEVC: composition time SI24) | record or unit ...
//   Opus, FLAC, AC-3, E-AC-3 | format 4 = 9 | packet type 4 | FourCC 32 | header or frame ...
#pragma once

#include "base/byte_writer.hpp"
#include "format/carriage.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::format::flv {

/// TagType of a file, message type id of RTMP.
enum class TagType : std::uint8_t { audio = 8, video = 9, script = 18 };

/// UB[4] of the first byte of a video body.
enum class FrameType : std::uint8_t { key = 1, inter = 2, disposable = 3, generated_key = 4, command = 5 };
/// AVCPacketType, and AACPacketType as far as it goes.
enum class PacketType : std::uint8_t { sequence_header = 0, frame = 1, end_of_sequence = 2 };
/// VideoPacketType of Enhanced RTMP as far as it is written, and AudioPacketType up to `sequence_end`.
enum class ExPacketType : std::uint8_t { sequence_start = 0, coded_frames = 1, sequence_end = 2, coded_frames_x = 3 };

[[nodiscard]] constexpr TagType tag_type(media::Kind kind) noexcept {
    return kind == media::Kind::video ? TagType::video : TagType::audio;
}
/// A stream time as FLV and RTMP carry it: milliseconds since `origin` (what is earlier says 0), modulo 2^32.
[[nodiscard]] inline std::uint32_t wire_time(media::Ticks time, media::Ticks origin = {}) noexcept {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(0, (time - origin).to_milliseconds()));
}
/// What Enhanced RTMP may bring, and is told that it may; static.
[[nodiscard]] std::span<const std::string_view> fourccs() noexcept;
/// FLV and RTMP can carry the codec.
[[nodiscard]] bool can_carry(media::Codec codec) noexcept;
[[nodiscard]] inline bool can_carry(const media::Track& track) noexcept { return can_carry(track.codec); }
/// Why not, in words; empty where they can.
[[nodiscard]] std::string_view refusal(media::Codec codec) noexcept;
inline constexpr Carriage carriage{"FLV", &can_carry, &refusal};
/// It is said by FourCC, as Enhanced RTMP does, since Flash never had it.
[[nodiscard]] bool is_enhanced(media::Codec codec) noexcept;
/// By its number its bodies have a packet type: all but those of MP3 and G.711.
[[nodiscard]] bool has_packet_type(media::Codec codec) noexcept;
/// FLV has a place for its configuration record; where there is none its frames say it all.
[[nodiscard]] bool has_record(media::Codec codec) noexcept;
/// A frame by FourCC says how much later it is shown than decoded.
[[nodiscard]] bool has_composition_time(media::Codec codec) noexcept;

/// The body that announces a track's config record; nothing for a codec whose frames describe themselves. It must be one that
/// `can_carry`.
void write_config_body(const media::Track& track, base::ByteWriter& out);
/// What precedes the payload in the body of a packet: 1 byte for MP3 and G.711, 2 for AAC, 5 for H.264, 8 for HEVC (5 where pts is dts), 5 for
/// what else has a FourCC.
/// `origin` as in `wire_time`, so that both times of a frame are rounded from the same zero.
void write_frame_header(const media::Track& track, const media::Packet& packet, base::ByteWriter& out,
                        media::Ticks origin = {});
/// The body that says that no more of a track follows; nothing where Flash had none.
void write_end_body(const media::Track& track, base::ByteWriter& out);

}  // namespace weir::format::flv

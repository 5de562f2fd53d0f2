#include "format/flv_tags.hpp"

#include "media/flac.hpp"
#include "media/opus.hpp"

#include <array>
#include <cassert>

namespace weir::format::flv {

namespace {

using media::Codec;
using media::Kind;
using media::Track;

constexpr std::uint8_t enhanced_video = 0x80;
constexpr std::uint8_t enhanced_sound = 0x90;
constexpr std::uint8_t aac_sound = 0xaf;                     ///< AAC; the rest of the byte is fixed for it (E.4.2.1)
constexpr std::int64_t largest_composition_time = 0x7fffff;  ///< SI24

enum class Style : std::uint8_t { flash, flash_without_header, enhanced };

void write_as_it_is(const Track& track, base::ByteWriter& out) { out.bytes(track.config); }

void write_opus_head(const Track& track, base::ByteWriter& out) {
    if (const auto config = media::opus::parse_config(track.config)) media::opus::write_head(*config, out);
}

void write_flac_header(const Track& track, base::ByteWriter& out) {
    out.text("fLaC");
    media::flac::write_block(track.config, out);
}

/// How FLV has a codec. Without `write_record` its frames describe themselves.
struct Form {
    Codec codec;
    Style style;
    bool has_composition_time;
    void (*write_record)(const Track& track, base::ByteWriter& out);
};
constexpr std::array<Form, 13> forms{{
    {Codec::h264, Style::flash, true, write_as_it_is},
    {Codec::hevc, Style::enhanced, true, write_as_it_is},
    {Codec::av1, Style::enhanced, false, write_as_it_is},
    {Codec::vp9, Style::enhanced, false, write_as_it_is},
    {Codec::vp8, Style::enhanced, false, write_as_it_is},
    {Codec::aac, Style::flash, false, write_as_it_is},
    {Codec::opus, Style::enhanced, false, write_opus_head},
    {Codec::flac, Style::enhanced, false, write_flac_header},
    {Codec::ac3, Style::enhanced, false, nullptr},
    {Codec::eac3, Style::enhanced, false, nullptr},
    {Codec::mp3, Style::flash_without_header, false, nullptr},
    {Codec::pcma, Style::flash_without_header, false, nullptr},
    {Codec::pcmu, Style::flash_without_header, false, nullptr},
}};

constexpr std::array<Uncarried, 1> uncarried{
    {{Codec::mp2, "FLV has neither a number nor a FourCC for MPEG audio of layer II"}}};

const Form* form_of(Codec codec) noexcept {
    const auto* const form = std::ranges::find(forms, codec, &Form::codec);
    return form == forms.end() ? nullptr : form;
}

std::uint8_t frame_type(bool keyframe) {
    return static_cast<std::uint8_t>(keyframe ? FrameType::key : FrameType::inter);
}

/// H.264: frame type, codec, packet type, composition time.
void write_flash_video(Codec codec, bool keyframe, PacketType type, std::int64_t composition_time,
                       base::ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(frame_type(keyframe) << 4 | media::info(codec).flv_id));
    out.u8(static_cast<std::uint8_t>(type));
    out.u24(static_cast<std::uint32_t>(composition_time));
}

void write_aac_header(PacketType type, base::ByteWriter& out) {
    out.u8(aac_sound);
    out.u8(static_cast<std::uint8_t>(type));
}

/// Enhanced RTMP: frame type of video, packet type, FourCC.
void write_enhanced_header(const Track& track, bool keyframe, ExPacketType type, base::ByteWriter& out) {
    const unsigned start =
        track.kind == Kind::video ? enhanced_video | static_cast<unsigned>(frame_type(keyframe)) << 4 : enhanced_sound;
    out.u8(static_cast<std::uint8_t>(start | static_cast<unsigned>(type)));
    out.text(media::info(track.codec).fourcc);
}

/// Flash's sampling rates; decoders go by the frames.
std::uint8_t flash_sound(const Track& track) {
    constexpr std::uint8_t of_16_bits = 0x02;
    const unsigned rate = track.sample_rate == 11'025 ? 1 : track.sample_rate == 22'050 ? 2 : 3;
    return static_cast<std::uint8_t>(media::info(track.codec).flv_id << 4 | rate << 2 | of_16_bits |
                                     (track.channels >= 2 ? 1 : 0));
}

void write_flash_header(const Track& track, bool keyframe, PacketType type, std::int64_t composition_time,
                        base::ByteWriter& out) {
    if (track.kind == Kind::video) return write_flash_video(track.codec, keyframe, type, composition_time, out);
    write_aac_header(type, out);
}

std::int64_t composition_time(const media::Packet& packet, media::Ticks origin) {
    const std::int64_t delay = (packet.pts - origin).to_milliseconds() - (packet.dts - origin).to_milliseconds();
    return std::clamp(delay, -largest_composition_time - 1, largest_composition_time);
}

}  // namespace

std::span<const std::string_view> fourccs() noexcept {
    static const auto list = [] {
        std::array<std::string_view, forms.size()> found{};
        std::size_t count = 0;
        for (const Form& form : forms)
            if (const auto fourcc = media::info(form.codec).fourcc; !fourcc.empty()) found[count++] = fourcc;
        return std::pair(found, count);
    }();
    return std::span(list.first).first(list.second);
}

bool can_carry(Codec codec) noexcept { return form_of(codec) != nullptr; }

std::string_view refusal(Codec codec) noexcept {
    if (can_carry(codec)) return {};
    return find_refusal(uncarried, codec, "FLV has no name for this codec");
}

bool is_enhanced(Codec codec) noexcept {
    const Form* form = form_of(codec);
    return form != nullptr && form->style == Style::enhanced;
}

bool has_packet_type(Codec codec) noexcept {
    const Form* form = form_of(codec);
    return form == nullptr || form->style != Style::flash_without_header;
}

bool has_record(Codec codec) noexcept {
    const Form* form = form_of(codec);
    return form != nullptr && form->write_record != nullptr;
}

bool has_composition_time(Codec codec) noexcept {
    const Form* form = form_of(codec);
    return form != nullptr && form->has_composition_time;
}

void write_config_body(const Track& track, base::ByteWriter& out) {
    const Form* form = form_of(track.codec);
    assert(form != nullptr);
    if (form->write_record == nullptr) return;
    if (form->style == Style::enhanced) write_enhanced_header(track, true, ExPacketType::sequence_start, out);
    else write_flash_header(track, true, PacketType::sequence_header, 0, out);
    form->write_record(track, out);
}

void write_frame_header(const Track& track, const media::Packet& packet, base::ByteWriter& out, media::Ticks origin) {
    const Form* form = form_of(track.codec);
    assert(form != nullptr);
    if (form->style == Style::flash_without_header) return out.u8(flash_sound(track));
    const std::int64_t delay = form->has_composition_time ? composition_time(packet, origin) : 0;
    if (form->style == Style::flash) return write_flash_header(track, packet.keyframe, PacketType::frame, delay, out);
    const bool is_short = form->has_composition_time && delay == 0;
    write_enhanced_header(track, packet.keyframe, is_short ? ExPacketType::coded_frames_x : ExPacketType::coded_frames,
                          out);
    if (form->has_composition_time && !is_short) out.u24(static_cast<std::uint32_t>(delay));
}

void write_end_body(const Track& track, base::ByteWriter& out) {
    if (is_enhanced(track.codec)) return write_enhanced_header(track, true, ExPacketType::sequence_end, out);
    if (can_carry(track.codec) && track.kind == Kind::video)
        write_flash_video(track.codec, true, PacketType::end_of_sequence, 0, out);
}

}  // namespace weir::format::flv

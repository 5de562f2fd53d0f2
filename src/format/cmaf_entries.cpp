#include "format/cmaf_entries.hpp"

#include "format/boxes.hpp"
#include "media/codec.hpp"
#include "media/flac.hpp"

#include <algorithm>
#include <array>

namespace weir::format::cmaf {

namespace {

using base::ByteWriter;
using boxes::write_box;
using boxes::write_full_box;
using media::Codec;
using media::Track;

// Configuration records

std::string_view box_of(const Track& track) noexcept { return media::info(track.codec).config_box; }

void write_record(const Track& track, std::uint32_t, ByteWriter& out) {
    write_box(out, box_of(track), [&] { out.bytes(track.config); });
}

void write_vpcc(const Track& track, std::uint32_t, ByteWriter& out) {
    write_full_box(out, box_of(track), 1, 0, [&] { out.bytes(track.config); });
}

void write_dfla(const Track& track, std::uint32_t, ByteWriter& out) {
    write_full_box(out, box_of(track), 0, 0, [&] { media::flac::write_block(track.config, out); });
}

/// A descriptor of ISO 14496-1 8.3.3, its size in one byte.
template <typename Body>
void write_descriptor(ByteWriter& out, std::uint8_t tag, std::size_t size, Body&& body) {
    out.u8(tag);
    out.u8(static_cast<std::uint8_t>(size));
    body();
}

/// Without a record where the object type says it all.
void write_esds(const Track& track, std::uint32_t id, std::uint8_t object_type, base::ByteView record,
                ByteWriter& out) {
    constexpr std::uint8_t audio_stream = 0x15;
    const std::size_t config = record.empty() ? 0 : 2 + record.size();
    const auto bitrate = static_cast<std::uint32_t>(std::min<std::uint64_t>(track.announced_bitrate, UINT32_MAX));
    write_full_box(out, "esds", 0, 0, [&] {
        write_descriptor(out, 3, 3 + 2 + 13 + config + 3, [&] {
            out.u16(static_cast<std::uint16_t>(id));
            out.u8(0);
            write_descriptor(out, 4, 13 + config, [&] {
                out.u8(object_type);
                out.u8(audio_stream);
                out.u24(0);  // decoder buffer
                out.u32(bitrate);
                out.u32(bitrate);
                if (!record.empty()) write_descriptor(out, 5, record.size(), [&] { out.bytes(record); });
            });
            write_descriptor(out, 6, 1, [&] { out.u8(2); });  // MP4's own synchronisation layer
        });
    });
}

void write_aac(const Track& track, std::uint32_t id, ByteWriter& out) {
    constexpr std::uint8_t aac = 0x40;
    write_esds(track, id, aac, track.config, out);
}

void write_mp3(const Track& track, std::uint32_t id, ByteWriter& out) {
    constexpr std::uint8_t mpeg1_audio = 0x6b;
    constexpr std::uint8_t mpeg2_audio = 0x69;
    constexpr std::uint32_t lowest_mpeg1_rate = 32'000;
    write_esds(track, id, track.sample_rate < lowest_mpeg1_rate ? mpeg2_audio : mpeg1_audio, {}, out);
}

/// How MP4 has a codec.
struct Form {
    Codec codec;
    std::string_view entry;  ///< empty: that of the codec table
    std::size_t longest_config;
    void (*write_config)(const Track& track, std::uint32_t id, ByteWriter& out);
};
constexpr std::size_t longest_record = 64U << 10;
constexpr std::size_t longest_descriptor = 96;  ///< keeps descriptor sizes in one byte
constexpr std::array<Form, 11> forms{{
    {Codec::h264, {}, longest_record, write_record},
    {Codec::hevc, {}, longest_record, write_record},
    {Codec::av1, {}, longest_record, write_record},
    {Codec::vp9, {}, longest_record, write_vpcc},
    {Codec::vp8, {}, longest_record, write_vpcc},
    {Codec::aac, {}, longest_descriptor, write_aac},
    {Codec::mp3, "mp4a", longest_descriptor, write_mp3},  // the table has QuickTime's
    {Codec::ac3, {}, longest_record, write_record},
    {Codec::eac3, {}, longest_record, write_record},
    {Codec::opus, {}, longest_record, write_record},
    {Codec::flac, {}, longest_record, write_dfla},
}};

constexpr std::array<Uncarried, 3> uncarried{{
    {Codec::mp2, "no player in use takes MPEG audio of layer II in MP4"},
    {Codec::pcma, "MP4 has no entry for G.711"},
    {Codec::pcmu, "MP4 has no entry for G.711"},
}};

const Form* form_of(Codec codec) noexcept {
    const auto* const form = std::ranges::find(forms, codec, &Form::codec);
    return form == forms.end() ? nullptr : form;
}

// Entries

void write_visual_fields(const Track& track, ByteWriter& out) {
    out.zeros(6);
    out.u16(1);  // data reference
    out.zeros(16);
    out.u16(static_cast<std::uint16_t>(track.width));
    out.u16(static_cast<std::uint16_t>(track.height));
    out.u32(0x48'0000);  // 72 dpi
    out.u32(0x48'0000);
    out.u32(0);
    out.u16(1);  // frame count
    out.zeros(32);
    out.u16(0x18);
    out.u16(0xffff);
}

/// Where samples have a size of their own (FLAC), that is said; others have what it was for compact discs.
std::uint16_t sample_bits(const Track& track) {
    if (track.codec != Codec::flac) return 16;
    const auto stream = media::flac::parse_stream_info(track.config);
    return stream ? stream->bits : 16;
}

void write_audio_fields(const Track& track, ByteWriter& out) {
    out.zeros(6);
    out.u16(1);  // data reference
    out.zeros(8);
    out.u16(static_cast<std::uint16_t>(track.channels));
    out.u16(sample_bits(track));
    out.zeros(4);
    out.u32(track.sample_rate < 0x10000 ? track.sample_rate << 16 : 0);
}

}  // namespace

bool can_carry(const Track& track) noexcept {
    const Form* form = form_of(track.codec);
    return form != nullptr && !track.config.empty() && track.config.size() <= form->longest_config;
}

std::string_view refusal(Codec codec) noexcept {
    if (form_of(codec) != nullptr) return {};
    return find_refusal(uncarried, codec, "MP4 has no entry for this codec");
}

void write_sample_entry(const Track& track, std::uint32_t id, ByteWriter& out) {
    const Form& form = *form_of(track.codec);
    write_box(out, form.entry.empty() ? media::info(track.codec).sample_entry : form.entry, [&] {
        if (track.kind == media::Kind::video) write_visual_fields(track, out);
        else write_audio_fields(track, out);
        form.write_config(track, id, out);
    });
}

}  // namespace weir::format::cmaf

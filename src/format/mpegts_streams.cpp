#include "format/mpegts_streams.hpp"

#include "format/mpegts_frames.hpp"
#include "media/opus.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace weir::format::mpegts {

namespace {

using base::ByteView;
using media::Codec;

constexpr std::uint8_t private_data = 6;
constexpr std::uint8_t registration = 0x05;
constexpr std::uint8_t language_tag = 0x0a;

struct TypeRow {
    std::uint8_t type;
    std::optional<Codec> codec;
    std::string_view refusal;
};
constexpr std::array<TypeRow, 20> types{{
    {0x01, {}, "MPEG-1 video is not served: send H.264 or HEVC"},
    {0x02, {}, "MPEG-2 video is not served: send H.264 or HEVC"},
    {0x03, Codec::mp3, {}},
    {0x04, Codec::mp3, {}},
    {0x0f, Codec::aac, {}},
    {0x10, {}, "MPEG-4 part 2 video is not served: send H.264 or HEVC"},
    {0x11, {}, "AAC in LATM is not served: send AAC in ADTS"},
    {0x1b, Codec::h264, {}},
    {0x20, {}, "H.264 in several layers or views is served without those beyond the first"},
    {0x21, {}, "JPEG 2000 is not served: send H.264 or HEVC"},
    {0x24, Codec::hevc, {}},
    {0x33, {}, "VVC is not served: send H.264 or HEVC"},
    {0x42, {}, "AVS is not served: send H.264 or HEVC"},
    {0x80, {}, "the PCM sound of discs is not served: send AAC or AC-3"},
    {0x81, Codec::ac3, {}},
    {0x82, {}, "DTS is not served: send AAC or AC-3"},
    {0x84, Codec::eac3, {}},
    {0x87, Codec::eac3, {}},
    {0xd2, {}, "AVS2 is not served: send H.264 or HEVC"},
    {0xea, {}, "VC-1 is not served: send H.264 or HEVC"},
}};

/// Private data, by a tag of DVB's.
struct TagRow {
    std::uint8_t tag;
    std::optional<Codec> codec;
    std::string_view refusal;
};
constexpr std::array<TagRow, 4> tags{{
    {0x6a, Codec::ac3, {}},
    {0x7a, Codec::eac3, {}},
    {0x7b, {}, "DTS is not served: send AAC or AC-3"},
    {0x7c, {}, "AAC in LATM is not served: send AAC in ADTS"},
}};

/// Private data, by its registered format.
struct FormatRow {
    std::string_view format;
    std::optional<Codec> codec;
    std::string_view refusal;
};
constexpr std::array<FormatRow, 9> formats{{
    {"AC-3", Codec::ac3, {}},
    {"EAC3", Codec::eac3, {}},
    {"HEVC", Codec::hevc, {}},
    {"Opus", Codec::opus, {}},
    {"AV01", {}, no_av1},
    {"BSSD", {}, "the PCM sound of SMPTE 302M is not served: send AAC or AC-3"},
    {"DTS1", {}, "DTS is not served: send AAC or AC-3"},
    {"DTS2", {}, "DTS is not served: send AAC or AC-3"},
    {"VC-1", {}, "VC-1 is not served: send H.264 or HEVC"},
}};

void set(StreamKind& kind, std::optional<Codec> codec, std::string_view refusal) {
    kind.codec = codec;
    kind.refusal = refusal;
}

std::string language_of(ByteView body) {
    if (body.size() < 3) return {};
    const std::string_view text = base::as_text(body.first(3));
    const bool is_word = std::ranges::all_of(text, [](char letter) { return letter >= 'a' && letter <= 'z'; });
    return is_word && text != "und" ? std::string(text) : std::string();
}

/// dOps by channel_config_code: 0 is two voices, 1 to 8 the usual speakers in the order of Vorbis.
base::Bytes opus_config(std::uint8_t code) {
    struct Layout {
        std::uint8_t family;
        std::uint8_t streams;
        std::uint8_t coupled;
        std::vector<std::uint8_t> mapping;
    };
    static const std::array<Layout, 9> layouts{{
        {255, 2, 0, {0, 1}},
        {0, 1, 0, {}},
        {0, 1, 1, {}},
        {1, 2, 1, {0, 2, 1}},
        {1, 2, 2, {0, 1, 2, 3}},
        {1, 3, 2, {0, 4, 1, 2, 3}},
        {1, 4, 2, {0, 4, 1, 2, 3, 5}},
        {1, 4, 3, {0, 4, 1, 2, 3, 5, 6}},
        {1, 5, 3, {0, 6, 1, 2, 3, 4, 5, 7}},
    }};
    if (code >= layouts.size()) return {};
    const Layout& layout = layouts[code];
    base::ByteWriter record;
    media::opus::write_dops({.channels = code == 0 ? std::uint8_t{2} : code,
                             .mapping_family = layout.family,
                             .streams = layout.streams,
                             .coupled = layout.coupled,
                             .mapping = layout.mapping},
                            record);
    return record.to_bytes();
}

void look_at_extension(ByteView body, StreamKind& kind) {
    if (body.size() >= 2 && body[0] == opus_extension) kind.config = opus_config(body[1]);
}

void look_at_private_data(const Descriptor& descriptor, StreamKind& kind) {
    const auto tag = std::ranges::find(tags, descriptor.tag, &TagRow::tag);
    if (tag != tags.end()) return set(kind, tag->codec, tag->refusal);
    if (descriptor.tag == extension_tag) return look_at_extension(descriptor.body, kind);
    if (descriptor.tag != registration || descriptor.body.size() < 4) return;
    const auto format = std::ranges::find(formats, base::as_text(descriptor.body.first(4)), &FormatRow::format);
    if (format != formats.end()) set(kind, format->codec, format->refusal);
}

}  // namespace

bool can_read(Codec codec) noexcept {
    if (media::info(codec).kind == media::Kind::audio) return is_framed(codec);
    return std::ranges::find(types, codec, &TypeRow::codec) != types.end() ||
           std::ranges::find(formats, codec, &FormatRow::codec) != formats.end();
}

StreamKind stream_kind(const Map::Stream& stream) {
    StreamKind kind;
    const auto row = std::ranges::find(types, stream.type, &TypeRow::type);
    if (row != types.end()) set(kind, row->codec, row->refusal);
    for (const Descriptor& descriptor : parse_descriptors(stream.descriptors)) {
        if (descriptor.tag == language_tag) kind.language = language_of(descriptor.body);
        else if (stream.type == private_data) look_at_private_data(descriptor, kind);
    }
    return kind;
}

}  // namespace weir::format::mpegts

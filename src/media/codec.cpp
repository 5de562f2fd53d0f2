#include "media/codec.hpp"

#include <array>

namespace weir::media {

namespace {

// MPEG-TS has no stream type of its own for AV1 and Opus: they are private data (6) with a registration descriptor. AC-3 has the
// types of ATSC; DVB's private data with a descriptor is the demultiplexer's to know. Both layers of MPEG audio share a type.
constexpr std::array<CodecInfo, 14> table{{
    {Codec::h264, Kind::video, "h264", "H.264", 7, "avc1", "H264", 90'000, 0x1b, "avc1", "avcC"},
    {Codec::hevc, Kind::video, "hevc", "HEVC", 12, "hvc1", "H265", 90'000, 0x24, "hvc1", "hvcC"},
    {Codec::av1, Kind::video, "av1", "AV1", 0, "av01", "AV1", 90'000, 0x06, "av01", "av1C"},
    {Codec::vp9, Kind::video, "vp9", "VP9", 0, "vp09", "VP9", 90'000, 0x00, "vp09", "vpcC"},
    {Codec::vp8, Kind::video, "vp8", "VP8", 0, "vp08", "VP8", 90'000, 0x00, "vp08", "vpcC"},
    {Codec::aac, Kind::audio, "aac", "AAC", 10, "mp4a", "MPEG4-GENERIC", 0, 0x0f, "mp4a", "esds"},
    {Codec::opus, Kind::audio, "opus", "Opus", 0, "Opus", "opus", 48'000, 0x06, "Opus", "dOps"},
    {Codec::mp3, Kind::audio, "mp3", "MP3", 2, ".mp3", "MPA", 90'000, 0x03, ".mp3", ""},
    {Codec::mp2, Kind::audio, "mp2", "MP2", 0, "", "MPA", 90'000, 0x03, "", ""},
    {Codec::ac3, Kind::audio, "ac3", "AC-3", 0, "ac-3", "ac3", 0, 0x81, "ac-3", "dac3"},
    {Codec::eac3, Kind::audio, "eac3", "E-AC-3", 0, "ec-3", "eac3", 0, 0x87, "ec-3", "dec3"},
    {Codec::flac, Kind::audio, "flac", "FLAC", 0, "fLaC", "", 0, 0x00, "fLaC", "dfLa"},
    {Codec::pcma, Kind::audio, "pcma", "G.711 A-law", 7, "", "PCMA", 8'000, 0x00, "", ""},
    {Codec::pcmu, Kind::audio, "pcmu", "G.711 µ-law", 8, "", "PCMU", 8'000, 0x00, "", ""},
}};

/// Sample entries whose parameter sets may also come in band (ISO 14496-15 5.4.2, 8.4.1); what ffmpeg writes for HEVC.
struct OtherEntry {
    std::string_view sample_entry;
    Codec codec;
};
constexpr std::array<OtherEntry, 2> other_entries{{{"avc3", Codec::h264}, {"hev1", Codec::hevc}}};

}  // namespace

std::span<const CodecInfo> codecs() noexcept { return table; }

const CodecInfo& info(Codec codec) noexcept { return table[static_cast<std::size_t>(codec)]; }

std::optional<Codec> codec_of_fourcc(std::string_view fourcc) noexcept {
    if (fourcc.empty()) return std::nullopt;
    for (const CodecInfo& row : table)
        if (row.fourcc == fourcc) return row.codec;
    return std::nullopt;
}

std::optional<Codec> codec_of_flv_id(Kind kind, std::uint8_t id) noexcept {
    if (id == 0) return std::nullopt;
    for (const CodecInfo& row : table)
        if (row.kind == kind && row.flv_id == id) return row.codec;
    return std::nullopt;
}

std::optional<Codec> codec_of_sample_entry(std::string_view entry) noexcept {
    if (entry.empty()) return std::nullopt;
    for (const CodecInfo& row : table)
        if (row.sample_entry == entry) return row.codec;
    for (const OtherEntry& other : other_entries)
        if (other.sample_entry == entry) return other.codec;
    return std::nullopt;
}

std::string_view name(Kind kind) noexcept { return kind == Kind::video ? "video" : "audio"; }

}  // namespace weir::media

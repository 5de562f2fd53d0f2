#include "media/codec.hpp"

#include <array>

namespace weir::media {

namespace {

// MPEG-TS has no stream type of its own for AV1 and Opus: they are private data (6) with a registration descriptor.
constexpr std::array<CodecInfo, 6> table{{
    {Codec::h264, Kind::video, "h264", 7, "avc1", "H264", 90'000, 0x1b, "avc1", "avcC"},
    {Codec::hevc, Kind::video, "hevc", 12, "hvc1", "H265", 90'000, 0x24, "hvc1", "hvcC"},
    {Codec::av1, Kind::video, "av1", 0, "av01", "AV1", 90'000, 0x06, "av01", "av1C"},
    {Codec::vp9, Kind::video, "vp9", 0, "vp09", "VP9", 90'000, 0x00, "vp09", "vpcC"},
    {Codec::aac, Kind::audio, "aac", 10, "mp4a", "MPEG4-GENERIC", 0, 0x0f, "mp4a", "esds"},
    {Codec::opus, Kind::audio, "opus", 0, "Opus", "opus", 48'000, 0x06, "Opus", "dOps"},
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
    for (const CodecInfo& row : table)
        if (row.sample_entry == entry) return row.codec;
    for (const OtherEntry& other : other_entries)
        if (other.sample_entry == entry) return other.codec;
    return std::nullopt;
}

std::string_view name(Kind kind) noexcept { return kind == Kind::video ? "video" : "audio"; }

}  // namespace weir::media

// The codecs, and one table with every identifier each of them has on any wire. A new codec is a row here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::media {

enum class Kind : std::uint8_t { video, audio };
enum class Codec : std::uint8_t { h264, hevc, av1, vp9, vp8, aac, opus, mp3, mp2, ac3, eac3, flac, pcma, pcmu };

struct CodecInfo {
    Codec codec;
    Kind kind;
    std::string_view name;          ///< in the API and in messages: "h264"
    std::string_view title;         ///< in sentences: "H.264"
    std::uint8_t flv_id;            ///< FLV CodecID (video) or SoundFormat (audio); 0 where there is none
    std::string_view fourcc;        ///< Enhanced RTMP FourCC
    std::string_view rtp_name;      ///< RTP encoding name
    std::uint32_t rtp_clock;        ///< Hz; 0: the sampling rate
    std::uint8_t mpegts_type;       ///< MPEG-TS stream_type
    std::string_view sample_entry;  ///< MP4 sample entry
    std::string_view config_box;    ///< MP4 box of the config record
};

/// Every row, in the order of `Codec`.
[[nodiscard]] std::span<const CodecInfo> codecs() noexcept;
[[nodiscard]] const CodecInfo& info(Codec codec) noexcept;
[[nodiscard]] std::optional<Codec> codec_of_fourcc(std::string_view fourcc) noexcept;
[[nodiscard]] std::optional<Codec> codec_of_flv_id(Kind kind, std::uint8_t id) noexcept;
[[nodiscard]] std::optional<Codec> codec_of_sample_entry(std::string_view entry) noexcept;
[[nodiscard]] std::string_view name(Kind kind) noexcept;

}  // namespace weir::media

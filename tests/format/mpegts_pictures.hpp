// Pictures and sounds as a transport stream has them, of a few bytes each, for tests.
#pragma once

#include "format/mpegts_builder.hpp"
#include "wire/bytes.hpp"

#include <initializer_list>
#include <string_view>
#include <vector>

namespace weir::format::mpegts::test {

inline constexpr std::uint16_t video_pid = 0x100;
inline constexpr std::uint16_t audio_pid = 0x101;
inline constexpr const char* delimiter = "0000000109f0";
inline constexpr const char* sps = "000000016764001facd9405005bb0110000003001000000303c0f1831960";
inline constexpr const char* other_sps = "0000000167640028acd9405005bb0110000003001000000303c0f1831960";
inline constexpr const char* pps = "0000000168ef8fcb";
inline constexpr const char* adts = "fff14c8002dffc";  ///< 48 kHz, stereo, 22 bytes with the header
inline constexpr std::uint64_t frame = 3000;           ///< 30 a second

inline const std::vector<Elementary> both{{0x1b, video_pid}, {0x0f, audio_pid}};

inline std::vector<std::uint8_t> annex_b(std::initializer_list<std::string_view> units) {
    std::vector<std::uint8_t> all;
    for (const std::string_view unit : units) {
        const base::Bytes bytes = tests::from_hex(unit);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}
/// A picture with all that belongs before it; `fill` makes it as long, and tells it from others.
inline std::vector<std::uint8_t> keyframe(std::size_t fill = 40, const char* sequence = sps) {
    auto picture = annex_b({delimiter, sequence, pps, "0000000165"});
    picture.insert(picture.end(), fill, 0xab);
    return picture;
}
inline std::vector<std::uint8_t> picture(std::size_t fill = 40) {
    auto bytes = annex_b({delimiter, "0000000141"});
    bytes.insert(bytes.end(), fill, 0xcd);
    return bytes;
}
inline std::vector<std::uint8_t> adts_frame(std::uint8_t fill) {
    auto bytes = annex_b({adts});
    bytes.insert(bytes.end(), 15, fill);
    return bytes;
}

/// Both tables, and then pictures `frame` apart, the first of them a keyframe.
inline void begin(Builder& stream, std::size_t pictures, std::uint64_t at = 90'000) {
    stream.association();
    stream.map(both);
    for (std::size_t i = 0; i < pictures; ++i)
        stream.pes(video_pid, {.pts = at + i * frame}, i == 0 ? keyframe() : picture(41 + i));
}

inline std::vector<std::uint64_t> times(const std::vector<Sample>& samples) {
    std::vector<std::uint64_t> all;
    for (const Sample& sample : samples) all.push_back(sample.dts);
    return all;
}

inline Heard hear(base::ByteView bytes) {
    Demuxer demuxer;
    return hear(demuxer, bytes);
}

}  // namespace weir::format::mpegts::test

// The header of an MPEG audio frame (ISO 11172-3 2.4.1.3, ISO 13818-3 for half the rates, and the quarter rates that everybody plays):
// four bytes that say all there is to say, and so are the config of such a track. Pure functions on bytes; all of it may be hostile.
//   sync 11 = all ones | version 2 | layer 2 | no checksum 1 | bitrate 4 | rate 2 | padding 1 | private 1 |
//   mode 2 | mode extension 2 | copyright 1 | original 1 | emphasis 2
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace weir::media::mpeg_audio {

inline constexpr std::size_t header_size = 4;

enum class Version : std::uint8_t { mpeg1, mpeg2, mpeg2_5 };

struct Header {
    Version version = Version::mpeg1;
    unsigned layer = 3;
    std::uint32_t bitrate = 0;      ///< bits a second
    std::uint32_t sample_rate = 0;  ///< Hz
    std::uint32_t channels = 2;
    std::size_t frame_size = 0;  ///< header included

    /// In one frame.
    [[nodiscard]] std::uint32_t samples() const noexcept {
        if (layer == 1) return 384;
        return layer == 3 && version != Version::mpeg1 ? 576 : 1152;
    }
    friend bool operator==(const Header&, const Header&) = default;
};

/// Needs the first four bytes. `unsupported` for the free format, whose frames do not say how long they are.
[[nodiscard]] base::Result<Header> parse_header(base::ByteView bytes);
/// The header of some frame of layer III with that rate and so many channels, for who knows no more; `unsupported` where there is none.
[[nodiscard]] base::Result<base::Bytes> any_header(std::uint32_t sample_rate, std::uint32_t channels);
/// RFC 6381 with the object types of ISO 14496-1: "mp4a.6B" of MPEG-1, "mp4a.69" of the lower rates.
[[nodiscard]] std::string codec_string(const Header& header);

}  // namespace weir::media::mpeg_audio

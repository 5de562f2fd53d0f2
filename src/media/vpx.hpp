// VP8 and VP9 headers: the configuration record that they share, vpcC (VP Codec ISO Media File Format Binding, version 1), and the
// head of a frame (RFC 6386 9.1; VP9 Bitstream 6.2), which has the size and by which a stream describes itself. Pure functions on
// bytes; all of it may be hostile.
//
//   vpcC  | profile 8 | level 8 | depth 4 | subsampling 3 | full range 1 | primaries 8 | transfer 8 | matrix 8 | 0 16 |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/nal.hpp"

#include <cstdint>
#include <string>

namespace weir::media::vpx {

/// VPCodecConfigurationRecord. Colors as in ISO 23091-2.
struct Config {
    std::uint8_t profile = 0;
    std::uint8_t level = 0;  ///< 31 is 3.1; 0: not known
    std::uint8_t bit_depth = 8;
    std::uint8_t subsampling = 1;  ///< 0: 4:2:0 vertical, 1: 4:2:0 with luma, 2: 4:2:2, 3: 4:4:4
    bool full_range = false;
    std::uint8_t primaries = 2;
    std::uint8_t transfer = 2;
    std::uint8_t matrix = 2;
    friend bool operator==(const Config&, const Config&) = default;
};

/// With the version and flags of its box, or behind them.
[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
/// Behind version and flags.
void write_config(const Config& config, base::ByteWriter& out);
/// "vp09.00.31.08", "vp08.00.31.08".
[[nodiscard]] std::string codec_string(std::string_view fourcc, const Config& config);

/// What a keyframe says; `malformed` where the frame is no keyframe.
struct KeyFrame {
    Config config;  ///< its level is the lowest for the size
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};
[[nodiscard]] base::Result<KeyFrame> parse_vp8_keyframe(base::ByteView frame);
/// The first frame of a superframe.
[[nodiscard]] base::Result<KeyFrame> parse_vp9_keyframe(base::ByteView frame);

[[nodiscard]] base::Result<nal::Picture> vp8_picture(base::ByteView frame);
[[nodiscard]] base::Result<nal::Picture> vp9_picture(base::ByteView frame);

}  // namespace weir::media::vpx

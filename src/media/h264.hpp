// H.264 headers: the configuration record avcC (ISO 14496-15 5.3.3), the sequence parameter set (ITU-T H.264 7.3.2.1.1 and
// E.1.1), and what an access unit is to somebody who joins there. Pure functions on bytes; all of it may be hostile.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/nal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::media::h264 {

/// nal_unit_type, Table 7-1; those that this server looks at.
enum class NalType : std::uint8_t { slice = 1, partition_a = 2, idr = 5, sei = 6, sps = 7, pps = 8, delimiter = 9 };
[[nodiscard]] inline NalType nal_type(base::ByteView unit) noexcept { return NalType(unit[0] & 0x1f); }
[[nodiscard]] inline bool is_picture(NalType type) noexcept { return type >= NalType::slice && type <= NalType::idr; }

/// AVCDecoderConfigurationRecord.
struct Config {
    /// What profiles above Main say besides; older writers leave it out.
    struct High {
        std::uint8_t chroma_format = 1;
        std::uint8_t luma_bit_depth = 8;
        std::uint8_t chroma_bit_depth = 8;
        std::vector<base::Bytes> sps_extensions;
        friend bool operator==(const High&, const High&) = default;
    };

    std::uint8_t profile = 0;
    std::uint8_t compatibility = 0;  ///< the constraint_set flags
    std::uint8_t level = 0;
    unsigned length_size = 4;  ///< bytes before each NAL unit: 1, 2 or 4
    std::vector<base::Bytes> sps;
    std::vector<base::Bytes> pps;
    std::optional<High> high;
    friend bool operator==(const Config&, const Config&) = default;
};

/// What follows the record's fields is ignored. `malformed` without a single SPS.
[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
void write_config(const Config& config, base::ByteWriter& out);
/// The record for these parameter sets, with four-byte lengths: what Annex B sources need. `malformed` where the first SPS is.
[[nodiscard]] base::Result<Config> config_from_parameter_sets(std::vector<base::Bytes> sps,
                                                              std::vector<base::Bytes> pps);
/// RFC 6381: "avc1.64001f".
[[nodiscard]] std::string codec_string(const Config& config);

struct Sps {
    std::uint8_t profile = 0;
    std::uint8_t compatibility = 0;
    std::uint8_t level = 0;
    std::uint8_t chroma_format = 1;
    std::uint8_t luma_bit_depth = 8;
    std::uint8_t chroma_bit_depth = 8;
    std::uint32_t width = 0;  ///< pixels, cropped
    std::uint32_t height = 0;
    std::uint32_t pixel_width = 1;  ///< sample aspect ratio
    std::uint32_t pixel_height = 1;
    double frame_rate = 0;  ///< from the VUI; 0 where it does not say
    unsigned reorder_depth =
        0;  ///< pictures that may precede one in decoding and follow it in output; the level's limit
            ///< where the VUI does not say
    bool reorder_is_inferred = false;  ///< it does not
};
/// `unit` is a whole NAL unit, header and emulation prevention included.
[[nodiscard]] base::Result<Sps> parse_sps(base::ByteView unit);

/// `idr`, `ordinary` or `none`; by the NAL units, whatever the container says. Four-byte lengths.
[[nodiscard]] base::Result<nal::Picture> picture(base::ByteView access_unit);
/// A recovery point SEI message (D.1.8) says that decoding may start with this very picture, as in an open group: all that are
/// shown after it can be decoded; those that follow and are shown before it cannot. `unit` is a SEI NAL unit.
[[nodiscard]] bool is_recovery_point(base::ByteView unit);

}  // namespace weir::media::h264

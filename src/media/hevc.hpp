// HEVC headers: the configuration record hvcC (ISO 14496-15 8.3.3), the video and sequence parameter sets (ITU-T H.265
// 7.3.2.1, 7.3.2.2 and E.2.1), and what an access unit is to somebody who joins there. Pure functions on bytes; all of it
// may be hostile.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/nal.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::media::hevc {

/// nal_unit_type, Table 7-1; those that this server looks at.
enum class NalType : std::uint8_t {
    radl_n = 6,
    radl_r = 7,
    rasl_n = 8,
    rasl_r = 9,
    bla_w_lp = 16,
    bla_n_lp = 18,
    idr_w_radl = 19,
    idr_n_lp = 20,
    cra = 21,
    last_picture = 31,
    vps = 32,
    sps = 33,
    pps = 34,
    delimiter = 35,
    prefix_sei = 39,
    suffix_sei = 40,
};
[[nodiscard]] inline NalType nal_type(base::ByteView unit) noexcept { return NalType(unit[0] >> 1 & 0x3f); }
[[nodiscard]] inline bool is_picture(NalType type) noexcept { return type <= NalType::last_picture; }

/// The general part of profile_tier_level().
struct Profile {
    std::uint8_t space = 0;
    bool high_tier = false;
    std::uint8_t idc = 0;
    std::uint32_t compatibility = 0;            ///< general_profile_compatibility_flags, flag 0 in the highest bit
    std::array<std::uint8_t, 6> constraints{};  ///< general_constraint_indicator_flags
    std::uint8_t level = 0;
    friend bool operator==(const Profile&, const Profile&) = default;
};

/// HEVCDecoderConfigurationRecord.
struct Config {
    struct Array {
        NalType type{};
        bool complete = true;  ///< no more of this type in the stream itself
        std::vector<base::Bytes> units;
        friend bool operator==(const Array&, const Array&) = default;
    };

    Profile profile;
    std::uint16_t min_spatial_segmentation = 0;
    std::uint8_t parallelism = 0;
    std::uint8_t chroma_format = 1;
    std::uint8_t luma_bit_depth = 8;
    std::uint8_t chroma_bit_depth = 8;
    std::uint16_t average_frame_rate = 0;  ///< frames in 256 seconds; 0: unknown
    std::uint8_t constant_frame_rate = 0;
    std::uint8_t temporal_layers = 1;
    bool temporal_nesting = false;
    unsigned length_size = 4;  ///< bytes before each NAL unit: 1, 2 or 4
    std::vector<Array> arrays;

    /// The first unit of that type; empty where there is none.
    [[nodiscard]] base::ByteView first(NalType type) const noexcept;
    friend bool operator==(const Config&, const Config&) = default;
};

/// What follows the record's fields is ignored. `malformed` without a single SPS.
[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
void write_config(const Config& config, base::ByteWriter& out);
/// The record for these parameter sets, with four-byte lengths: what Annex B sources need. `malformed` where the first SPS is.
[[nodiscard]] base::Result<Config> config_from_parameter_sets(std::vector<base::Bytes> vps,
                                                              std::vector<base::Bytes> sps,
                                                              std::vector<base::Bytes> pps);
/// ISO 14496-15 Annex E: "hvc1.1.6.L93.B0".
[[nodiscard]] std::string codec_string(const Config& config);

struct Sps {
    Profile profile;
    std::uint8_t chroma_format = 1;
    std::uint8_t luma_bit_depth = 8;
    std::uint8_t chroma_bit_depth = 8;
    std::uint8_t temporal_layers = 1;
    bool temporal_nesting = false;
    std::uint32_t width = 0;  ///< pixels, cropped by the conformance window
    std::uint32_t height = 0;
    std::uint32_t pixel_width = 1;  ///< sample aspect ratio
    std::uint32_t pixel_height = 1;
    double frame_rate = 0;       ///< from the VUI; 0 where it does not say
    unsigned reorder_depth = 0;  ///< sps_max_num_reorder_pics of the highest temporal layer
};
/// `unit` is a whole NAL unit, header and emulation prevention included.
[[nodiscard]] base::Result<Sps> parse_sps(base::ByteView unit);
/// The frame rate that a VPS states; 0 where it does not.
[[nodiscard]] base::Result<double> parse_vps_frame_rate(base::ByteView unit);

/// By the NAL units, whatever the container says. Four-byte lengths.
[[nodiscard]] base::Result<nal::Picture> picture(base::ByteView access_unit);

}  // namespace weir::media::hevc

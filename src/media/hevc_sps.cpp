// The video and the sequence parameter set (ITU-T H.265 7.3.2.1, 7.3.2.2) with the VUI (E.2.1), read as far as this server
// has use for them: to the timing, which stands behind everything else.
#include "base/bit_reader.hpp"
#include "media/hevc.hpp"
#include "media/vui.hpp"

#include <algorithm>
#include <array>

namespace weir::media::hevc {

using base::BitReader;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint32_t largest_side = 16'888;  ///< A.4.1: sqrt(8 x MaxLumaPs) at level 6.2
constexpr std::size_t header_size = 2;
constexpr std::uint32_t most_reference_sets = 64;
constexpr std::uint32_t most_references = 16;  ///< the largest decoded picture buffer

Result<void> skip_codes(BitReader& bits, unsigned count) {
    for (unsigned i = 0; i < count; ++i) (void)TRY(bits.unsigned_exp_golomb());
    return {};
}

/// profile_tier_level(1, more_layers), 7.3.3.
Result<Profile> parse_profile(BitReader& bits, std::uint32_t more_layers) {
    Profile profile;
    profile.space = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    profile.high_tier = TRY(bits.flag());
    profile.idc = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    profile.compatibility = TRY(bits.bits(32));
    for (std::uint8_t& byte : profile.constraints) byte = static_cast<std::uint8_t>(TRY(bits.bits(8)));
    profile.level = static_cast<std::uint8_t>(TRY(bits.bits(8)));
    std::size_t behind = 0;
    for (std::uint32_t i = 0; i < more_layers; ++i) {
        if (TRY(bits.flag())) behind += 88;
        if (TRY(bits.flag())) behind += 8;
    }
    if (more_layers > 0) behind += std::size_t{2} * (8 - more_layers);
    TRY(bits.skip(behind));
    return profile;
}

/// The sub-layer ordering information; the reorder depth of the highest layer.
Result<unsigned> parse_reorder_depth(BitReader& bits, std::uint32_t more_layers) {
    const bool each = TRY(bits.flag());
    std::uint32_t depth = 0;
    for (std::uint32_t i = each ? 0 : more_layers; i <= more_layers; ++i) {
        (void)TRY(bits.unsigned_exp_golomb());  // max_dec_pic_buffering_minus1
        depth = TRY(bits.unsigned_exp_golomb());
        (void)TRY(bits.unsigned_exp_golomb());  // max_latency_increase_plus1
    }
    return std::min(depth, most_references);
}

Result<void> parse_size(BitReader& bits, Sps& sps) {
    const std::uint32_t format = TRY(bits.unsigned_exp_golomb());
    if (format > 3) return fail(ErrorKind::malformed, "the HEVC SPS has an unknown chroma format");
    sps.chroma_format = static_cast<std::uint8_t>(format);
    const bool separate_planes = format == 3 && TRY(bits.flag());
    sps.width = TRY(bits.unsigned_exp_golomb());
    sps.height = TRY(bits.unsigned_exp_golomb());
    if (sps.width == 0 || sps.height == 0 || sps.width > largest_side || sps.height > largest_side)
        return fail(ErrorKind::malformed, "the HEVC picture has a size that no level allows");
    if (!TRY(bits.flag())) return {};
    const std::uint64_t unit_x = !separate_planes && (format == 1 || format == 2) ? 2 : 1;
    const std::uint64_t unit_y = !separate_planes && format == 1 ? 2 : 1;
    const std::uint64_t left = TRY(bits.unsigned_exp_golomb());
    const std::uint64_t right = TRY(bits.unsigned_exp_golomb());
    const std::uint64_t top = TRY(bits.unsigned_exp_golomb());
    const std::uint64_t bottom = TRY(bits.unsigned_exp_golomb());
    if ((left + right) * unit_x >= sps.width || (top + bottom) * unit_y >= sps.height)
        return fail(ErrorKind::malformed, "the HEVC SPS crops away the whole picture");
    sps.width -= static_cast<std::uint32_t>((left + right) * unit_x);
    sps.height -= static_cast<std::uint32_t>((top + bottom) * unit_y);
    return {};
}

Result<void> parse_bit_depth(BitReader& bits, Sps& sps) {
    const std::uint32_t luma = TRY(bits.unsigned_exp_golomb());
    const std::uint32_t chroma = TRY(bits.unsigned_exp_golomb());
    if (luma > 7 || chroma > 7) return fail(ErrorKind::malformed, "the HEVC SPS has an unknown bit depth");
    sps.luma_bit_depth = static_cast<std::uint8_t>(luma + 8);
    sps.chroma_bit_depth = static_cast<std::uint8_t>(chroma + 8);
    return {};
}

/// scaling_list_data(), 7.3.4.
Result<void> skip_scaling_lists(BitReader& bits) {
    for (unsigned size = 0; size < 4; ++size) {
        for (unsigned matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
            if (!TRY(bits.flag())) {
                TRY(skip_codes(bits, 1));  // scaling_list_pred_matrix_id_delta
                continue;
            }
            const unsigned coefficients = std::min(64U, 1U << (4 + 2 * size));
            TRY(skip_codes(bits, (size > 1 ? 1 : 0) + coefficients));
        }
    }
    return {};
}

/// st_ref_pic_set(), 7.3.7. `references` is how many the set before has; returns how many this one has.
Result<std::uint32_t> skip_reference_set(BitReader& bits, bool first, std::uint32_t references) {
    std::uint32_t count = 0;
    if (!first && TRY(bits.flag())) {
        TRY(bits.skip(1));  // delta_rps_sign
        TRY(skip_codes(bits, 1));
        for (std::uint32_t i = 0; i <= references; ++i) {
            const bool used = TRY(bits.flag());
            if (used || TRY(bits.flag())) ++count;
        }
    } else {
        const std::uint32_t negative = TRY(bits.unsigned_exp_golomb());
        const std::uint32_t positive = TRY(bits.unsigned_exp_golomb());
        if (negative > most_references || positive > most_references)
            return fail(ErrorKind::malformed, "the HEVC SPS has too many reference pictures");
        count = negative + positive;
        for (std::uint32_t i = 0; i < count; ++i) {
            TRY(skip_codes(bits, 1));
            TRY(bits.skip(1));
        }
    }
    if (count > most_references) return fail(ErrorKind::malformed, "the HEVC SPS has too many reference pictures");
    return count;
}

Result<void> skip_references(BitReader& bits, std::uint32_t order_count_bits) {
    const std::uint32_t sets = TRY(bits.unsigned_exp_golomb());
    if (sets > most_reference_sets)
        return fail(ErrorKind::malformed, "the HEVC SPS has too many reference picture sets");
    std::uint32_t references = 0;
    for (std::uint32_t i = 0; i < sets; ++i) references = TRY(skip_reference_set(bits, i == 0, references));
    if (!TRY(bits.flag())) return {};
    const std::uint32_t long_term = TRY(bits.unsigned_exp_golomb());
    if (long_term > 32) return fail(ErrorKind::malformed, "the HEVC SPS has too many long-term references");
    return bits.skip(std::size_t{long_term} * (order_count_bits + 1));
}

/// From the coding block sizes to the VUI.
Result<void> skip_coding_tools(BitReader& bits, std::uint32_t order_count_bits) {
    TRY(skip_codes(bits, 6));  // block sizes and depths
    if (TRY(bits.flag()))      // scaling lists are enabled
        if (TRY(bits.flag())) TRY(skip_scaling_lists(bits));
    TRY(bits.skip(2));       // amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if (TRY(bits.flag())) {  // PCM
        TRY(bits.skip(8));
        TRY(skip_codes(bits, 2));
        TRY(bits.skip(1));
    }
    TRY(skip_references(bits, order_count_bits));
    return bits.skip(2);  // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
}

Result<void> parse_vui(BitReader& bits, Sps& sps) {
    const vui::PixelShape pixel = TRY(vui::parse_picture(bits));
    sps.pixel_width = pixel.width;
    sps.pixel_height = pixel.height;
    TRY(bits.skip(1));  // neutral_chroma_indication_flag
    const bool fields = TRY(bits.flag());
    TRY(bits.skip(1));                               // frame_field_info_present_flag
    if (TRY(bits.flag())) TRY(skip_codes(bits, 4));  // default display window
    if (!TRY(bits.flag())) return {};
    const std::uint32_t units_in_tick = TRY(bits.bits(32));
    const std::uint32_t time_scale = TRY(bits.bits(32));
    sps.frame_rate = vui::frame_rate(time_scale, std::uint64_t{units_in_tick} * (fields ? 2 : 1));
    return {};
}

/// What stands before the VUI and matters to nobody here; true where a VUI follows.
Result<bool> skip_to_vui(BitReader& bits, std::uint32_t order_count_bits) {
    TRY(skip_coding_tools(bits, order_count_bits));
    return bits.flag();
}

}  // namespace

Result<Sps> parse_sps(base::ByteView unit) {
    if (unit.size() < header_size || nal_type(unit) != NalType::sps)
        return fail(ErrorKind::malformed, "this is not an HEVC SPS");
    const std::vector<std::uint8_t> raw = nal::unescape(unit.subspan(header_size));
    BitReader bits(raw);
    Sps sps;
    TRY(bits.skip(4));  // sps_video_parameter_set_id
    const std::uint32_t more_layers = TRY(bits.bits(3));
    if (more_layers > 6) return fail(ErrorKind::malformed, "the HEVC SPS has too many temporal layers");
    sps.temporal_layers = static_cast<std::uint8_t>(more_layers + 1);
    sps.temporal_nesting = TRY(bits.flag());
    sps.profile = TRY(parse_profile(bits, more_layers));
    TRY(skip_codes(bits, 1));  // sps_seq_parameter_set_id
    TRY(parse_size(bits, sps));
    TRY(parse_bit_depth(bits, sps));
    const std::uint32_t more_order_bits = TRY(bits.unsigned_exp_golomb());
    if (more_order_bits > 12) return fail(ErrorKind::malformed, "the HEVC SPS has too long a picture order count");
    sps.reorder_depth = TRY(parse_reorder_depth(bits, more_layers));
    // Encoders exist that cut the end short; what was said until there holds, and the picture decodes without the rest.
    if (const auto has_vui = skip_to_vui(bits, 4 + more_order_bits); has_vui && *has_vui) (void)parse_vui(bits, sps);
    return sps;
}

Result<double> parse_vps_frame_rate(base::ByteView unit) {
    if (unit.size() < header_size || nal_type(unit) != NalType::vps)
        return fail(ErrorKind::malformed, "this is not an HEVC VPS");
    const std::vector<std::uint8_t> raw = nal::unescape(unit.subspan(header_size));
    BitReader bits(raw);
    TRY(bits.skip(12));  // vps_video_parameter_set_id to vps_max_layers_minus1
    const std::uint32_t more_layers = TRY(bits.bits(3));
    if (more_layers > 6) return fail(ErrorKind::malformed, "the HEVC VPS has too many temporal layers");
    TRY(bits.skip(17));  // vps_temporal_id_nesting_flag and 16 reserved bits
    (void)TRY(parse_profile(bits, more_layers));
    (void)TRY(parse_reorder_depth(bits, more_layers));
    const std::uint32_t layers = TRY(bits.bits(6)) + 1;  // vps_max_layer_id
    const std::uint32_t more_sets = TRY(bits.unsigned_exp_golomb());
    if (more_sets > 1023) return fail(ErrorKind::malformed, "the HEVC VPS has too many layer sets");
    TRY(bits.skip(std::size_t{more_sets} * layers));
    if (!TRY(bits.flag())) return 0.0;
    const std::uint32_t units_in_tick = TRY(bits.bits(32));
    const std::uint32_t time_scale = TRY(bits.bits(32));
    return vui::frame_rate(time_scale, units_in_tick);
}

}  // namespace weir::media::hevc

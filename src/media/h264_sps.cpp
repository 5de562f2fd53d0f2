// The sequence parameter set (ITU-T H.264 7.3.2.1.1) with its VUI (E.1.1), read as far as this server has use for it.
#include "base/bit_reader.hpp"
#include "media/h264.hpp"
#include "media/vui.hpp"

#include <algorithm>
#include <array>

namespace weir::media::h264 {

using base::BitReader;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint32_t largest_side = 1056;  ///< macroblocks; A.3.1 allows sqrt(8 x MaxFS), 1055 at level 6.2

/// Table A-1, MaxDpbMbs.
struct LevelLimit {
    std::uint8_t level;
    std::uint32_t dpb_macroblocks;
};
constexpr std::array<LevelLimit, 16> level_limits{{
    {10, 396},
    {11, 900},
    {12, 2'376},
    {20, 2'376},
    {21, 4'752},
    {22, 8'100},
    {30, 8'100},
    {31, 18'000},
    {32, 20'480},
    {40, 32'768},
    {41, 32'768},
    {42, 34'816},
    {50, 110'400},
    {51, 184'320},
    {52, 184'320},
    {62, 696'320},
}};

/// What the parser has to remember between the parts of an SPS.
struct Shape {
    bool separate_planes = false;
    std::uint32_t order_count_type = 0;
    std::uint32_t width = 0;   ///< macroblocks
    std::uint32_t height = 0;  ///< macroblocks of a frame
    bool frames_only = true;
};

bool has_chroma_fields(std::uint8_t profile) {
    static constexpr std::array<std::uint8_t, 13> profiles{100, 110, 122, 244, 44,  83, 86,
                                                           118, 128, 138, 139, 134, 135};
    return std::ranges::find(profiles, profile) != profiles.end();
}

Result<void> skip_scaling_list(BitReader& bits, unsigned size) {
    std::int32_t last = 8;
    std::int32_t next = 8;
    for (unsigned i = 0; i < size && next != 0; ++i) {
        const std::int32_t delta = TRY(bits.signed_exp_golomb());
        if (delta < -128 || delta > 127) return fail(ErrorKind::malformed, "the H.264 SPS has a broken scaling list");
        next = (last + delta) & 0xff;
        last = next;
    }
    return {};
}

Result<void> parse_chroma(BitReader& bits, Sps& sps, Shape& shape) {
    const std::uint32_t format = TRY(bits.unsigned_exp_golomb());
    if (format > 3) return fail(ErrorKind::malformed, "the H.264 SPS has an unknown chroma format");
    sps.chroma_format = static_cast<std::uint8_t>(format);
    if (format == 3) shape.separate_planes = TRY(bits.flag());
    const std::uint32_t luma = TRY(bits.unsigned_exp_golomb());
    const std::uint32_t chroma = TRY(bits.unsigned_exp_golomb());
    if (luma > 6 || chroma > 6) return fail(ErrorKind::malformed, "the H.264 SPS has an unknown bit depth");
    sps.luma_bit_depth = static_cast<std::uint8_t>(luma + 8);
    sps.chroma_bit_depth = static_cast<std::uint8_t>(chroma + 8);
    TRY(bits.skip(1));  // qpprime_y_zero_transform_bypass_flag
    if (!TRY(bits.flag())) return {};
    for (unsigned i = 0; i < (format == 3 ? 12U : 8U); ++i)
        if (TRY(bits.flag())) TRY(skip_scaling_list(bits, i < 6 ? 16 : 64));
    return {};
}

Result<void> skip_order_count(BitReader& bits, Shape& shape) {
    shape.order_count_type = TRY(bits.unsigned_exp_golomb());
    if (shape.order_count_type == 0) {
        (void)TRY(bits.unsigned_exp_golomb());  // log2_max_pic_order_cnt_lsb
    } else if (shape.order_count_type == 1) {
        TRY(bits.skip(1));
        (void)TRY(bits.signed_exp_golomb());
        (void)TRY(bits.signed_exp_golomb());
        const std::uint32_t cycle = TRY(bits.unsigned_exp_golomb());
        if (cycle > 255) return fail(ErrorKind::malformed, "the H.264 SPS has too long a picture order cycle");
        for (std::uint32_t i = 0; i < cycle; ++i) (void)TRY(bits.signed_exp_golomb());
    } else if (shape.order_count_type > 2) {
        return fail(ErrorKind::malformed, "the H.264 SPS has an unknown picture order count type");
    }
    return {};
}

/// Pixels of one side after cropping `first` and `last` units of it.
Result<std::uint32_t> cropped(std::uint32_t size, std::uint32_t unit, std::uint32_t first, std::uint32_t last) {
    const std::uint64_t cut = (std::uint64_t{first} + last) * unit;
    if (cut >= size) return fail(ErrorKind::malformed, "the H.264 SPS crops away the whole picture");
    return static_cast<std::uint32_t>(size - cut);
}

Result<void> parse_size(BitReader& bits, Sps& sps, Shape& shape) {
    const std::uint32_t width_minus_one = TRY(bits.unsigned_exp_golomb());
    const std::uint32_t height_minus_one = TRY(bits.unsigned_exp_golomb());
    if (width_minus_one >= largest_side || height_minus_one >= largest_side)
        return fail(ErrorKind::malformed, "the H.264 picture is larger than any level allows");
    shape.frames_only = TRY(bits.flag());
    const std::uint32_t fields = shape.frames_only ? 1 : 2;
    shape.width = width_minus_one + 1;
    shape.height = (height_minus_one + 1) * fields;
    if (!shape.frames_only) TRY(bits.skip(1));  // mb_adaptive_frame_field_flag
    TRY(bits.skip(1));                          // direct_8x8_inference_flag
    sps.width = shape.width * 16;
    sps.height = shape.height * 16;
    if (!TRY(bits.flag())) return {};
    const bool subsampled_x = !shape.separate_planes && (sps.chroma_format == 1 || sps.chroma_format == 2);
    const bool subsampled_y = !shape.separate_planes && sps.chroma_format == 1;
    const std::uint32_t left = TRY(bits.unsigned_exp_golomb());
    const std::uint32_t right = TRY(bits.unsigned_exp_golomb());
    const std::uint32_t top = TRY(bits.unsigned_exp_golomb());
    const std::uint32_t bottom = TRY(bits.unsigned_exp_golomb());
    sps.width = TRY(cropped(sps.width, subsampled_x ? 2 : 1, left, right));
    sps.height = TRY(cropped(sps.height, (subsampled_y ? 2 : 1) * fields, top, bottom));
    return {};
}

/// A.3.1: the frames that the decoder's buffer holds at this level and size.
unsigned frames_in_buffer(const Sps& sps, const Shape& shape) {
    std::uint32_t macroblocks = level_limits.back().dpb_macroblocks;
    for (const LevelLimit& limit : level_limits)
        if (sps.level <= limit.level) {
            macroblocks = limit.dpb_macroblocks;
            break;
        }
    return std::min(16U, macroblocks / (shape.width * shape.height));
}

/// What E.2.1 infers where max_num_reorder_frames is not there; and Baseline has no bi-predicted pictures to reorder.
void infer_reorder_depth(const Shape& shape, Sps& sps) {
    static constexpr std::array<std::uint8_t, 6> intra_profiles{44, 86, 100, 110, 122, 244};
    const bool intra_only =
        (sps.compatibility & 0x10) != 0 && std::ranges::find(intra_profiles, sps.profile) != intra_profiles.end();
    if (shape.order_count_type == 2 || sps.profile == 66 || intra_only) return;
    sps.reorder_depth = frames_in_buffer(sps, shape);
    sps.reorder_is_inferred = true;
}

Result<void> skip_hrd(BitReader& bits) {
    const std::uint32_t count_minus_one = TRY(bits.unsigned_exp_golomb());
    if (count_minus_one > 31) return fail(ErrorKind::malformed, "the H.264 HRD has too many buffers");
    TRY(bits.skip(8));
    for (std::uint32_t i = 0; i <= count_minus_one; ++i) {
        (void)TRY(bits.unsigned_exp_golomb());
        (void)TRY(bits.unsigned_exp_golomb());
        TRY(bits.skip(1));
    }
    return bits.skip(20);
}

Result<void> parse_restriction(BitReader& bits, Sps& sps) {
    TRY(bits.skip(1));
    for (int i = 0; i < 4; ++i) (void)TRY(bits.unsigned_exp_golomb());
    const std::uint32_t depth = TRY(bits.unsigned_exp_golomb());
    if (depth > 16) return {};
    sps.reorder_depth = depth;
    sps.reorder_is_inferred = false;
    return {};
}

Result<void> parse_vui(BitReader& bits, Sps& sps) {
    const vui::PixelShape pixel = TRY(vui::parse_picture(bits));
    sps.pixel_width = pixel.width;
    sps.pixel_height = pixel.height;
    if (TRY(bits.flag())) {
        const std::uint32_t units_in_tick = TRY(bits.bits(32));
        const std::uint32_t time_scale = TRY(bits.bits(32));
        sps.frame_rate = vui::frame_rate(time_scale, 2 * std::uint64_t{units_in_tick});  // a tick is a field
        TRY(bits.skip(1));
    }
    const bool nal_hrd = TRY(bits.flag());
    if (nal_hrd) TRY(skip_hrd(bits));
    const bool vcl_hrd = TRY(bits.flag());
    if (vcl_hrd) TRY(skip_hrd(bits));
    if (nal_hrd || vcl_hrd) TRY(bits.skip(1));
    TRY(bits.skip(1));
    if (TRY(bits.flag())) TRY(parse_restriction(bits, sps));
    return {};
}

}  // namespace

Result<Sps> parse_sps(base::ByteView unit) {
    if (unit.empty() || nal_type(unit) != NalType::sps) return fail(ErrorKind::malformed, "this is not an H.264 SPS");
    const std::vector<std::uint8_t> raw = nal::unescape(unit.subspan(1));
    BitReader bits(raw);
    Sps sps;
    Shape shape;
    sps.profile = static_cast<std::uint8_t>(TRY(bits.bits(8)));
    sps.compatibility = static_cast<std::uint8_t>(TRY(bits.bits(8)));
    sps.level = static_cast<std::uint8_t>(TRY(bits.bits(8)));
    (void)TRY(bits.unsigned_exp_golomb());  // seq_parameter_set_id
    if (has_chroma_fields(sps.profile)) TRY(parse_chroma(bits, sps, shape));
    (void)TRY(bits.unsigned_exp_golomb());  // log2_max_frame_num
    TRY(skip_order_count(bits, shape));
    (void)TRY(bits.unsigned_exp_golomb());  // max_num_ref_frames
    TRY(bits.skip(1));                      // gaps_in_frame_num_value_allowed_flag
    TRY(parse_size(bits, sps, shape));
    infer_reorder_depth(shape, sps);
    // Encoders exist that cut the VUI short; what it said until then holds, and the picture decodes without the rest.
    if (TRY(bits.flag())) (void)parse_vui(bits, sps);
    return sps;
}

}  // namespace weir::media::h264

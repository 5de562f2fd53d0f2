#include "media/vui.hpp"

#include <array>

namespace weir::media::vui {

namespace {

constexpr std::uint32_t extended_shape = 255;
constexpr double fastest = 1000;  ///< frames a second; more is rubbish in the fields, which happens
constexpr double slowest = 0.01;

/// Table E-1, by aspect_ratio_idc.
constexpr std::array<PixelShape, 17> shapes{{
    {1, 1},
    {1, 1},
    {12, 11},
    {10, 11},
    {16, 11},
    {40, 33},
    {24, 11},
    {20, 11},
    {32, 11},
    {80, 33},
    {18, 11},
    {15, 11},
    {64, 33},
    {160, 99},
    {4, 3},
    {3, 2},
    {2, 1},
}};

base::Result<PixelShape> parse_shape(base::BitReader& bits) {
    const std::uint32_t index = TRY(bits.bits(8));
    if (index < shapes.size()) return shapes[index];
    if (index != extended_shape) return PixelShape{};
    const std::uint32_t width = TRY(bits.bits(16));
    const std::uint32_t height = TRY(bits.bits(16));
    if (width == 0 || height == 0) return PixelShape{};
    return PixelShape{width, height};
}

}  // namespace

base::Result<PixelShape> parse_picture(base::BitReader& bits) {
    PixelShape shape;
    if (TRY(bits.flag())) shape = TRY(parse_shape(bits));
    if (TRY(bits.flag())) TRY(bits.skip(1));  // overscan
    if (TRY(bits.flag())) {                   // video signal type
        TRY(bits.skip(4));
        if (TRY(bits.flag())) TRY(bits.skip(24));  // colour description
    }
    if (TRY(bits.flag())) {  // chroma sample locations
        (void)TRY(bits.unsigned_exp_golomb());
        (void)TRY(bits.unsigned_exp_golomb());
    }
    return shape;
}

double frame_rate(std::uint64_t time_scale, std::uint64_t units_in_frame) noexcept {
    if (units_in_frame == 0) return 0;
    const double rate = static_cast<double>(time_scale) / static_cast<double>(units_in_frame);
    return rate >= slowest && rate <= fastest ? rate : 0;
}

}  // namespace weir::media::vui

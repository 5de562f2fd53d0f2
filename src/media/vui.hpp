// The beginning of video usability information, which H.264 (E.1.1) and HEVC (E.2.1) have in common bit by bit, and the
// frame rate that its timing means.
#pragma once

#include "base/bit_reader.hpp"

#include <cstdint>

namespace weir::media::vui {

/// Sample aspect ratio.
struct PixelShape {
    std::uint32_t width = 1;
    std::uint32_t height = 1;
};

/// From aspect_ratio_info_present_flag to the chroma sample locations.
[[nodiscard]] base::Result<PixelShape> parse_picture(base::BitReader& bits);

/// Frames a second; 0 where the two numbers make no sense.
[[nodiscard]] double frame_rate(std::uint64_t time_scale, std::uint64_t units_in_frame) noexcept;

}  // namespace weir::media::vui

// One picture in, one JPEG out (ITU-T T.871: BT.601, full range), through the sizes and formats that `Scaler` reads. Nothing is kept
// between two of them: they are rare. One thread at a time.
#pragma once

#include "av/frame.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>

namespace weir::av {

struct Jpeg {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    base::Bytes bytes;
};

/// No wider than `width` (at least 16), of the picture's own shape; never enlarged.
[[nodiscard]] base::Result<Jpeg> make_jpeg(const Frame& picture, std::uint32_t width);

}  // namespace weir::av

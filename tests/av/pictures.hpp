// Pictures for the tests of av/: flat, or with something that moves.
#pragma once

#include "av/frame.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

namespace weir::av {

/// A picture in any planar format of 8 bits, each plane of one value.
inline Frame flat_picture(AVPixelFormat format, int width, int height, std::uint8_t first, std::uint8_t second,
                          std::uint8_t third) {
    Frame frame = *Frame::create();
    frame.get()->format = format;
    frame.get()->width = width;
    frame.get()->height = height;
    if (av_frame_get_buffer(frame.get(), 0) < 0) std::abort();
    const std::array<std::uint8_t, 3> values{first, second, third};
    const int chroma_height = format == AV_PIX_FMT_YUV420P ? (height + 1) / 2 : height;
    for (std::size_t i = 0; i < 3 && frame.get()->data[i] != nullptr; ++i) {
        const int lines = i == 0 ? height : chroma_height;
        std::memset(frame.get()->data[i], values[i], static_cast<std::size_t>(frame.get()->linesize[i] * lines));
    }
    return frame;
}

/// Bars that move by the number of the picture.
inline base::Result<Frame> moving_picture(PicturePool& pool, int number, media::Ticks pts) {
    Frame frame = TRY(pool.take());
    AVFrame& picture = *frame.get();
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            picture.data[0][y * picture.linesize[0] + x] =
                static_cast<std::uint8_t>(16 + (x * 3 + y + number * 5) % 200);
    for (int plane = 1; plane < 3; ++plane)
        for (int y = 0; y < picture.height / 2; ++y)
            std::memset(picture.data[plane] + y * picture.linesize[plane], 100 + plane * 20 + number % 8,
                        static_cast<std::size_t>(picture.width / 2));
    frame.set_pts(pts);
    return frame;
}

}  // namespace weir::av

#include "av/packed.hpp"

#include "av/error.hpp"

#include <algorithm>
#include <array>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

namespace weir::av {

using base::Result;

namespace {

/// Where in a pixel its samples are; of 16-bit ones the upper byte.
struct Layout {
    AVPixelFormat format;
    int step;
    int red;
    int green;
    int blue;
    int alpha = -1;
};
constexpr Layout layouts[] = {
    {AV_PIX_FMT_RGB24, 3, 0, 1, 2},     {AV_PIX_FMT_BGR24, 3, 2, 1, 0},       {AV_PIX_FMT_RGBA, 4, 0, 1, 2, 3},
    {AV_PIX_FMT_BGRA, 4, 2, 1, 0, 3},   {AV_PIX_FMT_ARGB, 4, 1, 2, 3, 0},     {AV_PIX_FMT_ABGR, 4, 3, 2, 1, 0},
    {AV_PIX_FMT_RGB0, 4, 0, 1, 2},      {AV_PIX_FMT_BGR0, 4, 2, 1, 0},        {AV_PIX_FMT_YA8, 2, 0, 0, 0, 1},
    {AV_PIX_FMT_RGB48BE, 6, 0, 2, 4},   {AV_PIX_FMT_RGBA64BE, 8, 0, 2, 4, 6}, {AV_PIX_FMT_GRAY16BE, 2, 0, 0, 0},
    {AV_PIX_FMT_YA16BE, 4, 0, 0, 0, 2},
};
/// A picture of numbers, each of a colour of the palette.
constexpr Layout in_palette{AV_PIX_FMT_PAL8, 4, 2, 1, 0, 3};

struct Colour {
    std::uint8_t red;
    std::uint8_t green;
    std::uint8_t blue;
};

Colour read(const std::uint8_t* pixel, const Layout& layout) noexcept {
    const int opacity = layout.alpha < 0 ? 255 : pixel[layout.alpha];
    const auto over_black = [&](int at) { return static_cast<std::uint8_t>((pixel[at] * opacity + 127) / 255); };
    return {over_black(layout.red), over_black(layout.green), over_black(layout.blue)};
}

std::array<Colour, 256> palette_of(const AVFrame& picture) noexcept {
    std::array<Colour, 256> palette{};
    for (std::size_t i = 0; i < palette.size(); ++i) palette[i] = read(picture.data[1] + 4 * i, in_palette);
    return palette;
}

Result<Frame> blank(const AVFrame& like) {
    Frame frame = TRY(Frame::create());
    AVFrame& planes = *frame.get();
    planes.format = AV_PIX_FMT_GBRP;
    planes.width = like.width;
    planes.height = like.height;
    if (const int error = av_frame_get_buffer(&planes, alignment); error < 0)
        return av_fail(error, "there is no memory for a picture");
    if (const int error = av_frame_copy_props(&planes, &like); error < 0)
        return av_fail(error, "there is no memory for a picture");
    planes.colorspace = AVCOL_SPC_RGB;
    planes.color_range = AVCOL_RANGE_JPEG;
    return frame;
}

void copy_line(const AVFrame& from, int line, const auto& colour_at, AVFrame& to) {
    std::uint8_t* const green = to.data[0] + static_cast<std::ptrdiff_t>(line) * to.linesize[0];
    std::uint8_t* const blue = to.data[1] + static_cast<std::ptrdiff_t>(line) * to.linesize[1];
    std::uint8_t* const red = to.data[2] + static_cast<std::ptrdiff_t>(line) * to.linesize[2];
    const std::uint8_t* const pixels = from.data[0] + static_cast<std::ptrdiff_t>(line) * from.linesize[0];
    for (int x = 0; x < from.width; ++x) {
        const Colour colour = colour_at(pixels, x);
        red[x] = colour.red;
        green[x] = colour.green;
        blue[x] = colour.blue;
    }
}

Result<Frame> convert(const AVFrame& from, const auto& colour_at) {
    Frame frame = TRY(blank(from));
    for (int line = 0; line < from.height; ++line) copy_line(from, line, colour_at, *frame.get());
    return frame;
}

}  // namespace

Result<Frame> with_planes(Frame picture) {
    const AVFrame& from = *picture.get();
    if (from.format == AV_PIX_FMT_PAL8) {
        const auto palette = palette_of(from);
        return convert(from, [&](const std::uint8_t* pixels, int x) { return palette[pixels[x]]; });
    }
    const auto* const layout =
        std::ranges::find(layouts, from.format, [](const Layout& one) { return int{one.format}; });
    if (layout == std::end(layouts)) return picture;
    return convert(from, [&](const std::uint8_t* pixels, int x) { return read(pixels + layout->step * x, *layout); });
}

}  // namespace weir::av

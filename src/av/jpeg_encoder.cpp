#include "av/jpeg_encoder.hpp"

#include "av/encoder.hpp"
#include "av/scaler.hpp"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr int quantiser = 5;               ///< of 2 (the best) to 31
constexpr std::uint32_t least_width = 16;  ///< and height: one block
constexpr std::uint32_t most_height = 2;   ///< times the width

std::uint32_t even(double value) { return static_cast<std::uint32_t>(std::lround(value / 2)) * 2; }

/// The size of the result: both sides even.
struct Size {
    std::uint32_t width;
    std::uint32_t height;
};
Size size_of(const PictureFormat& from, std::uint32_t most) {
    const double shown = from.shown_width * from.pixel_shape;
    const std::uint32_t width = std::max(std::min(even(shown), most & ~1U), least_width);
    const double height = from.shown_height * (width / shown);
    return {width, std::clamp(even(height), least_width, most_height * width)};
}

Result<Encoder> open(Size size) {
    Encoder encoder;
    TRY(encoder.initialise("mjpeg"));
    AVCodecContext& context = encoder.context();
    context.width = static_cast<int>(size.width);
    context.height = static_cast<int>(size.height);
    context.pix_fmt = AV_PIX_FMT_YUVJ420P;
    context.color_range = AVCOL_RANGE_JPEG;
    context.time_base = {1, 1};
    context.flags |= AV_CODEC_FLAG_QSCALE;
    context.global_quality = quantiser * FF_QP2LAMBDA;
    context.thread_count = 1;
    TRY(encoder.open({}));
    return encoder;
}

}  // namespace

Result<Jpeg> make_jpeg(const Frame& picture, std::uint32_t width) {
    const PictureFormat format = format_of(picture);
    if (format.shown_width == 0 || format.shown_height == 0)
        return fail(ErrorKind::malformed, "the picture has no size");
    const Size size = size_of(format, width);
    Scaler scaler = TRY(Scaler::create(format, size.width, size.height, Colours::jpeg));
    Frame scaled = TRY(scaler.scale(picture));
    scaled.get()->format = AV_PIX_FMT_YUVJ420P;
    scaled.get()->pts = 0;
    scaled.get()->quality = quantiser * FF_QP2LAMBDA;
    Encoder encoder = TRY(open(size));
    TRY(encoder.send(*scaled.get()));
    TRY(encoder.drain());
    if (!TRY(encoder.receive())) return fail(ErrorKind::internal, "the encoder makes no picture");
    return Jpeg{size.width, size.height, base::Bytes::copy_of(encoder.payload())};
}

}  // namespace weir::av

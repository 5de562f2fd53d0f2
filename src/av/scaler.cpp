#include "av/scaler.hpp"

#include "av/error.hpp"
#include "av/faults.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include <zimg.h>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint32_t standard_definition = 576;  ///< up to this height an unspecified matrix is that of BT.601
constexpr double same_shape = 0.02;                 ///< shapes that differ by less are stretched
constexpr double reference_white = 203;             ///< cd/m2, ITU-R BT.2408
constexpr std::uint8_t black_luma = 16;
constexpr std::uint8_t black_chroma = 128;

bool is_full_range(const AVFrame& frame) {
    switch (frame.format) {
        case AV_PIX_FMT_YUVJ420P:
        case AV_PIX_FMT_YUVJ422P:
        case AV_PIX_FMT_YUVJ440P:
        case AV_PIX_FMT_YUVJ444P: return true;
        default: return frame.color_range == AVCOL_RANGE_JPEG;
    }
}

int matrix_of(const AVFrame& frame, std::uint32_t shown_height) {
    switch (frame.colorspace) {
        case AVCOL_SPC_RGB:
        case AVCOL_SPC_BT709:
        case AVCOL_SPC_FCC:
        case AVCOL_SPC_BT470BG:
        case AVCOL_SPC_SMPTE170M:
        case AVCOL_SPC_SMPTE240M:
        case AVCOL_SPC_YCGCO:
        case AVCOL_SPC_BT2020_NCL: return frame.colorspace;
        default: return shown_height <= standard_definition ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709;
    }
}

/// Only what has to be converted for the picture to look right on an ordinary screen.
bool is_high_dynamic_range(int transfer) {
    return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

zimg_chroma_location_e chroma_location(int location) {
    switch (location) {
        case AVCHROMA_LOC_CENTER: return ZIMG_CHROMA_CENTER;
        case AVCHROMA_LOC_TOPLEFT: return ZIMG_CHROMA_TOP_LEFT;
        case AVCHROMA_LOC_TOP: return ZIMG_CHROMA_TOP;
        case AVCHROMA_LOC_BOTTOMLEFT: return ZIMG_CHROMA_BOTTOM_LEFT;
        case AVCHROMA_LOC_BOTTOM: return ZIMG_CHROMA_BOTTOM;
        default: return ZIMG_CHROMA_LEFT;
    }
}

const AVPixFmtDescriptor* descriptor(int pixel_format) {
    return av_pix_fmt_desc_get(static_cast<AVPixelFormat>(pixel_format));
}
bool is_gray(const AVPixFmtDescriptor& pixels) { return pixels.nb_components < 3; }

/// Planes of whole samples in the machine's own byte order: what zimg reads as it stands.
bool is_readable(const AVPixFmtDescriptor& pixels) {
    constexpr std::uint64_t foreign = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                      AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT;
    if ((pixels.flags & foreign) != 0) return false;
    for (int i = 0; i < (is_gray(pixels) ? 1 : 3); ++i) {
        const AVComponentDescriptor& component = pixels.comp[i];
        if (component.shift != 0 || component.offset != 0 || component.step != (component.depth > 8 ? 2 : 1))
            return false;
    }
    return true;
}

zimg_image_format describe(const PictureFormat& from, const AVPixFmtDescriptor& pixels) {
    zimg_image_format format;
    zimg_image_format_default(&format, ZIMG_API_VERSION);
    format.depth = static_cast<unsigned>(pixels.comp[0].depth);
    format.pixel_type = format.depth > 8 ? ZIMG_PIXEL_WORD : ZIMG_PIXEL_BYTE;
    format.pixel_range = from.full_range ? ZIMG_RANGE_FULL : ZIMG_RANGE_LIMITED;
    // Whole samples of chroma: what is left over is not shown.
    format.width = from.shown_width >> pixels.log2_chroma_w << pixels.log2_chroma_w;
    format.height = from.shown_height >> pixels.log2_chroma_h << pixels.log2_chroma_h;
    if (is_gray(pixels)) {
        format.color_family = ZIMG_COLOR_GREY;
        return format;
    }
    const bool rgb = (pixels.flags & AV_PIX_FMT_FLAG_RGB) != 0;
    format.color_family = rgb ? ZIMG_COLOR_RGB : ZIMG_COLOR_YUV;
    format.subsample_w = pixels.log2_chroma_w;
    format.subsample_h = pixels.log2_chroma_h;
    format.chroma_location = chroma_location(from.chroma_location);
    format.matrix_coefficients = rgb ? ZIMG_MATRIX_RGB : static_cast<zimg_matrix_coefficients_e>(from.matrix);
    if (is_high_dynamic_range(from.transfer)) {
        format.transfer_characteristics = static_cast<zimg_transfer_characteristics_e>(from.transfer);
        format.color_primaries = ZIMG_PRIMARIES_BT2020;
    }
    return format;
}

zimg_image_format describe_result(const zimg_image_format& from, std::uint32_t width, std::uint32_t height,
                                  Colours colours) {
    zimg_image_format format;
    zimg_image_format_default(&format, ZIMG_API_VERSION);
    format.width = width;
    format.height = height;
    format.pixel_type = ZIMG_PIXEL_BYTE;
    format.depth = 8;
    format.pixel_range = colours == Colours::jpeg ? ZIMG_RANGE_FULL : ZIMG_RANGE_LIMITED;
    format.color_family = from.color_family == ZIMG_COLOR_GREY ? ZIMG_COLOR_GREY : ZIMG_COLOR_YUV;
    if (format.color_family == ZIMG_COLOR_GREY) return format;
    format.subsample_w = 1;
    format.subsample_h = 1;
    format.chroma_location = colours == Colours::jpeg ? ZIMG_CHROMA_CENTER : ZIMG_CHROMA_LEFT;
    format.matrix_coefficients = colours == Colours::jpeg ? ZIMG_MATRIX_BT470_BG : ZIMG_MATRIX_BT709;
    if (from.transfer_characteristics != ZIMG_TRANSFER_UNSPECIFIED) {
        format.transfer_characteristics = ZIMG_TRANSFER_BT709;
        format.color_primaries = ZIMG_PRIMARIES_BT709;
    }
    return format;
}

zimg_graph_builder_params parameters(const zimg_image_format& from) {
    zimg_graph_builder_params parameters;
    zimg_graph_builder_params_default(&parameters, ZIMG_API_VERSION);
    // Three lobes, for luma and chroma alike: in a cascade softness adds up.
    parameters.resample_filter = ZIMG_RESIZE_LANCZOS;
    parameters.resample_filter_uv = ZIMG_RESIZE_LANCZOS;
    parameters.filter_param_a = parameters.filter_param_a_uv = 3;
    parameters.cpu_type = ZIMG_CPU_AUTO_64B;
    parameters.nominal_peak_luminance = reference_white;
    if (from.depth > 8) parameters.dither_type = ZIMG_DITHER_ORDERED;
    return parameters;
}

bool is_aligned(const AVFrame& frame) {
    for (std::size_t i = 0; i < 4 && frame.data[i] != nullptr; ++i) {
        void* data = frame.data[i];
        std::size_t space = alignment;
        if (std::align(alignment, 1, data, space) != frame.data[i] ||
            frame.linesize[i] % static_cast<int>(alignment) != 0)
            return false;
    }
    return true;
}

/// The same picture with aligned planes and lines. (Decoders align theirs as the processor that they found needs it.)
Result<Frame> aligned_copy(const Frame& picture) {
    Frame copy = TRY(Frame::create());
    copy.get()->format = picture.get()->format;
    copy.get()->width = picture.get()->width;
    copy.get()->height = picture.get()->height;
    if (const int error = av_frame_get_buffer(copy.get(), alignment); error < 0)
        return av_fail(error, "there is no memory for a picture");
    if (const int error = av_frame_copy(copy.get(), picture.get()); error < 0)
        return av_fail(error, "the picture cannot be copied");
    return copy;
}

void fill(AVFrame& picture, int plane, std::uint8_t value) {
    const int height = plane == 0 ? picture.height : (picture.height + 1) / 2;
    std::memset(picture.data[plane], value,
                static_cast<std::size_t>(picture.linesize[plane]) * static_cast<std::size_t>(height));
}

std::uint32_t even(double value) { return static_cast<std::uint32_t>(std::lround(value / 2)) * 2; }

}  // namespace

void detail::release_graph(zimg_filter_graph* graph) noexcept { zimg_filter_graph_free(graph); }
void Scaler::Freed::operator()(void* memory) const noexcept { std::free(memory); }

PictureFormat format_of(const Frame& frame) noexcept {
    const AVFrame& picture = *frame.get();
    PictureFormat format;
    format.pixel_format = picture.format;
    format.width = static_cast<std::uint32_t>(picture.width);
    format.height = static_cast<std::uint32_t>(picture.height);
    format.left = static_cast<std::uint32_t>(picture.crop_left);
    format.top = static_cast<std::uint32_t>(picture.crop_top);
    format.shown_width = format.width - format.left - static_cast<std::uint32_t>(picture.crop_right);
    format.shown_height = format.height - format.top - static_cast<std::uint32_t>(picture.crop_bottom);
    format.matrix = matrix_of(picture, format.shown_height);
    format.transfer = is_high_dynamic_range(picture.color_trc) ? picture.color_trc : 0;
    format.chroma_location = picture.chroma_location;
    format.full_range = is_full_range(picture);
    const AVRational shape = picture.sample_aspect_ratio;
    if (shape.num > 0 && shape.den > 0) format.pixel_shape = av_q2d(shape);
    return format;
}

Scaler::Place Scaler::place(const PictureFormat& from, std::uint32_t width, std::uint32_t height) noexcept {
    const double wanted = static_cast<double>(width) / height;
    const double shape = from.shown_width * from.pixel_shape / from.shown_height;
    if (std::abs(shape / wanted - 1) < same_shape) return {0, 0, width, height};
    Place place{0, 0, width, height};
    if (shape > wanted) place.height = std::max(even(width / shape), 2U);
    else place.width = std::max(even(height * shape), 2U);
    place.left = (width - place.width) / 4 * 2;
    place.top = (height - place.height) / 4 * 2;
    return place;
}

Result<Scaler> Scaler::create(const PictureFormat& from, std::uint32_t width, std::uint32_t height, Colours colours) {
    Scaler scaler(from, TRY(PicturePool::create(width, height)), colours);
    scaler.place_ = place(from, width, height);
    if (!scaler.nothing_to_do()) TRY(scaler.build());
    return scaler;
}

bool Scaler::nothing_to_do() const noexcept {
    return colours_ == Colours::video && from_.pixel_format == AV_PIX_FMT_YUV420P && !from_.full_range &&
           from_.matrix == AVCOL_SPC_BT709 && from_.transfer == 0 && from_.left == 0 && from_.top == 0 &&
           from_.shown_width == pool_.width() && from_.shown_height == pool_.height() &&
           place_.width == pool_.width() && place_.height == pool_.height();
}

Result<void> Scaler::build() {
    const AVPixFmtDescriptor* pixels = descriptor(from_.pixel_format);
    if (pixels == nullptr || !is_readable(*pixels))
        return fail(ErrorKind::unsupported, "pictures in this pixel format cannot be scaled");
    if (from_.shown_width == 0 || from_.shown_height == 0 || from_.shown_width > from_.width ||
        from_.shown_height > from_.height)
        return fail(ErrorKind::malformed, "the picture has no size");
    if (place_.width != pool_.width() || place_.height != pool_.height())
        inside_ = TRY(PicturePool::create(place_.width, place_.height));
    const zimg_image_format source = describe(from_, *pixels);
    const zimg_image_format result = describe_result(source, place_.width, place_.height, colours_);
    const zimg_graph_builder_params how = parameters(source);
    graph_ = Graph(faults::strike() ? nullptr : zimg_filter_graph_build(&source, &result, &how));
    if (!graph_) return fail(ErrorKind::unsupported, "pictures of this format cannot be scaled");
    std::size_t size = 0;
    zimg_filter_graph_get_tmp_size(graph_.get(), &size);
    size = (size + alignment) / alignment * alignment;
    scratch_.reset(faults::strike() ? nullptr : std::aligned_alloc(alignment, size));
    if (scratch_ == nullptr) return fail(ErrorKind::too_large, "there is no memory to scale in");
    return {};
}

Result<Frame> Scaler::scale(const Frame& picture) {
    if (!graph_) return pass_on(picture);
    Frame result = TRY((inside_ ? *inside_ : pool_).take());
    Frame shown = TRY(Frame::reference(picture));
    av_frame_apply_cropping(shown.get(), AV_FRAME_CROP_UNALIGNED);
    if (!is_aligned(*shown.get())) shown = TRY(aligned_copy(shown));
    TRY(process(shown, result));
    if (inside_) result = TRY(between_bars(result));
    result.set_pts(picture.pts());
    if (colours_ == Colours::jpeg) {
        result.get()->color_range = AVCOL_RANGE_JPEG;
        result.get()->colorspace = AVCOL_SPC_BT470BG;
    }
    return result;
}

Result<Frame> Scaler::pass_on(const Frame& picture) const {
    Frame same = TRY(Frame::reference(picture));
    AVFrame& frame = *same.get();
    // What is cut off is at the right and at the bottom: it is enough not to look there.
    frame.width = static_cast<int>(pool_.width());
    frame.height = static_cast<int>(pool_.height());
    frame.crop_right = frame.crop_bottom = 0;
    frame.sample_aspect_ratio = {1, 1};
    frame.colorspace = AVCOL_SPC_BT709;
    return same;
}

Result<void> Scaler::process(const Frame& picture, Frame& result) {
    const AVPixFmtDescriptor& pixels = *descriptor(from_.pixel_format);
    zimg_image_buffer_const source{.version = ZIMG_API_VERSION, .plane = {}};
    zimg_image_buffer target{.version = ZIMG_API_VERSION, .plane = {}};
    const int planes = is_gray(pixels) ? 1 : 3;
    for (int i = 0; i < planes; ++i) {
        const int from = pixels.comp[i].plane;
        source.plane[i] = {picture.get()->data[from], picture.get()->linesize[from], ZIMG_BUFFER_MAX};
        target.plane[i] = {result.get()->data[i], result.get()->linesize[i], ZIMG_BUFFER_MAX};
    }
    for (int i = planes; i < 3; ++i) fill(*result.get(), i, black_chroma);
    const auto error = faults::strike() ? ZIMG_ERROR_OUT_OF_MEMORY
                                        : zimg_filter_graph_process(graph_.get(), &source, &target, scratch_.get(),
                                                                    nullptr, nullptr, nullptr, nullptr);
    if (error != ZIMG_ERROR_SUCCESS) return fail(ErrorKind::internal, "the picture cannot be scaled");
    return {};
}

Result<Frame> Scaler::between_bars(const Frame& inside) {
    Frame whole = TRY(pool_.take());
    const std::array<std::uint8_t, 3> black{black_luma, black_chroma, black_chroma};
    for (int plane = 0; plane < 3; ++plane) {
        fill(*whole.get(), plane, black[static_cast<std::size_t>(plane)]);
        const std::uint32_t part = plane == 0 ? 1 : 2;
        const std::ptrdiff_t line = whole.get()->linesize[plane];
        std::uint8_t* corner = whole.get()->data[plane] + line * (place_.top / part) + place_.left / part;
        av_image_copy_plane(corner, whole.get()->linesize[plane], inside.get()->data[plane],
                            inside.get()->linesize[plane], static_cast<int>(place_.width / part),
                            static_cast<int>(place_.height / part));
    }
    return whole;
}

}  // namespace weir::av

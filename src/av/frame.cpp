#include "av/frame.hpp"

#include "av/error.hpp"
#include "av/faults.hpp"

#include <array>

extern "C" {
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view no_frame = "there is no memory for a frame";

constexpr std::size_t aligned(std::size_t size) { return (size + alignment - 1) / alignment * alignment; }

/// Where the planes of a picture lie in its one buffer.
struct Layout {
    std::array<std::size_t, 3> line;
    std::array<std::size_t, 3> offset;
    std::size_t size;
};
constexpr Layout layout(std::uint32_t width, std::uint32_t height) {
    const std::size_t luma = aligned(width);
    const std::size_t chroma = aligned((width + 1) / 2);
    const std::size_t chroma_size = chroma * ((height + 1) / 2);
    const std::size_t luma_size = luma * height;
    return {{luma, chroma, chroma}, {0, luma_size, luma_size + chroma_size}, luma_size + 2 * chroma_size};
}

}  // namespace

void detail::release_frame(AVFrame* frame) noexcept { av_frame_free(&frame); }
void detail::release_pool(AVBufferPool* pool) noexcept { av_buffer_pool_uninit(&pool); }

Result<Frame> Frame::create() {
    Frame frame(faults::strike() ? nullptr : av_frame_alloc());
    if (!frame.frame_) return fail(ErrorKind::too_large, no_frame);
    return frame;
}

Result<Frame> Frame::reference(const Frame& other) {
    Frame frame = TRY(create());
    if (const int error = av_frame_ref(frame.get(), other.get()); error < 0) return av_fail(error, no_frame);
    return frame;
}

media::Ticks Frame::pts() const noexcept { return media::Ticks(frame_->pts); }
void Frame::set_pts(media::Ticks pts) noexcept { frame_->pts = pts.count(); }

Result<PicturePool> PicturePool::create(std::uint32_t width, std::uint32_t height) {
    // The slack lets the planes be aligned whatever the allocator does.
    const std::size_t size = layout(width, height).size + alignment;
    PicturePool pool(faults::strike() ? nullptr : av_buffer_pool_init(size, nullptr), width, height);
    if (!pool.pool_) return fail(ErrorKind::too_large, "there is no memory for pictures");
    return pool;
}

Result<Frame> PicturePool::take() {
    Frame frame = TRY(Frame::create());
    AVFrame& picture = *frame.get();
    picture.buf[0] = av_buffer_pool_get(pool_.get());
    if (picture.buf[0] == nullptr) return fail(ErrorKind::too_large, no_frame);
    const Layout planes = layout(width_, height_);
    std::size_t space = picture.buf[0]->size;
    void* start = picture.buf[0]->data;
    start = std::align(alignment, planes.size, start, space);
    for (std::size_t i = 0; i < 3; ++i) {
        picture.data[i] = static_cast<std::uint8_t*>(start) + planes.offset[i];
        picture.linesize[i] = static_cast<int>(planes.line[i]);
    }
    picture.format = AV_PIX_FMT_YUV420P;
    picture.width = static_cast<int>(width_);
    picture.height = static_cast<int>(height_);
    picture.color_range = AVCOL_RANGE_MPEG;
    picture.colorspace = AVCOL_SPC_BT709;
    picture.chroma_location = AVCHROMA_LOC_LEFT;
    picture.sample_aspect_ratio = {1, 1};
    return frame;
}

}  // namespace weir::av

// A decoded picture or some decoded sound: an AVFrame and its owner. Its media is shared by reference count; a frame that has
// been handed on is `FrameRef`, never changed again, and may be read on any thread.
#pragma once

#include "av/alive.hpp"
#include "base/result.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <memory>

struct AVFrame;
struct AVBufferPool;

namespace weir::av {

namespace detail {
void release_frame(AVFrame* frame) noexcept;
void release_pool(AVBufferPool* pool) noexcept;
}  // namespace detail

/// How this building aligns planes and lines: what zimg's widest instructions ask for.
inline constexpr std::size_t alignment = 64;

class Frame {
  public:
    /// Empty: to be filled by a decoder.
    [[nodiscard]] static base::Result<Frame> create();
    /// Another reference to the media of `other`, with properties of its own.
    [[nodiscard]] static base::Result<Frame> reference(const Frame& other);

    [[nodiscard]] AVFrame* get() noexcept { return frame_.get(); }
    [[nodiscard]] const AVFrame* get() const noexcept { return frame_.get(); }
    /// Presentation time on the stream's time line.
    [[nodiscard]] media::Ticks pts() const noexcept;
    void set_pts(media::Ticks pts) noexcept;

  private:
    explicit Frame(AVFrame* frame) noexcept : frame_(frame) {}
    Owned<AVFrame, Object::frame, detail::release_frame> frame_;
};

using FrameRef = std::shared_ptr<const Frame>;

/// Pictures of 8 bits 4:2:0 of one size, every plane and line aligned; what was freed is used again.
class PicturePool {
  public:
    [[nodiscard]] static base::Result<PicturePool> create(std::uint32_t width, std::uint32_t height);
    /// A picture whose samples are undefined.
    [[nodiscard]] base::Result<Frame> take();
    [[nodiscard]] std::uint32_t width() const noexcept { return width_; }
    [[nodiscard]] std::uint32_t height() const noexcept { return height_; }

  private:
    PicturePool(AVBufferPool* pool, std::uint32_t width, std::uint32_t height) noexcept
        : pool_(pool), width_(width), height_(height) {}
    Owned<AVBufferPool, Object::context, detail::release_pool> pool_;
    std::uint32_t width_;
    std::uint32_t height_;
};

}  // namespace weir::av

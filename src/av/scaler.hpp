// Makes any decoded picture one of 8 bits 4:2:0, BT.709, limited range, square samples, of a given size, with zimg: bicubic, and a
// picture of another shape between black bars. Or one in the colours of a JPEG. One graph serves pictures of one format; `fits` tells whether it is this one's.
// One thread at a time.
#pragma once

#include "av/frame.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>

struct zimg_filter_graph;

namespace weir::av {

namespace detail {
void release_graph(zimg_filter_graph* graph) noexcept;
}

/// All that decides how a picture is to be read.
struct PictureFormat {
    int pixel_format = -1;
    std::uint32_t width = 0;  ///< as it is in memory, what is cut off included
    std::uint32_t height = 0;
    std::uint32_t left = 0;  ///< the part that is shown
    std::uint32_t top = 0;
    std::uint32_t shown_width = 0;
    std::uint32_t shown_height = 0;
    int matrix = 0;  ///< ITU-T H.273, guessed where the stream does not say
    int transfer = 0;
    int primaries = 0;
    int chroma_location = 0;
    bool full_range = false;
    double pixel_shape = 1;  ///< width by height of one sample
    friend bool operator==(const PictureFormat&, const PictureFormat&) = default;
};
[[nodiscard]] PictureFormat format_of(const Frame& frame) noexcept;

/// How the samples of the result are to be read.
enum class Colours : std::uint8_t {
    video,  ///< BT.709, limited range
    jpeg,   ///< BT.601, full range (ITU-T T.871)
};

class Scaler {
  public:
    /// Both sizes are even. `unsupported` for pixel formats that are not planar.
    [[nodiscard]] static base::Result<Scaler> create(const PictureFormat& from, std::uint32_t width,
                                                     std::uint32_t height, Colours colours = Colours::video);
    [[nodiscard]] bool fits(const PictureFormat& format) const noexcept { return format == from_; }
    /// `picture` has the format of this scaler. The result has its time. Where there is nothing to do it is another
    /// reference to the same picture.
    [[nodiscard]] base::Result<Frame> scale(const Frame& picture);

  private:
    using Graph = Owned<zimg_filter_graph, Object::context, detail::release_graph>;
    /// Where in the result the picture stands; the rest is black.
    struct Place {
        std::uint32_t left = 0;
        std::uint32_t top = 0;
        std::uint32_t width = 0;
        std::uint32_t height = 0;
    };
    struct Freed {
        void operator()(void* memory) const noexcept;
    };

    Scaler(const PictureFormat& from, PicturePool pool, Colours colours) noexcept
        : from_(from), colours_(colours), pool_(std::move(pool)) {}
    [[nodiscard]] static Place place(const PictureFormat& from, std::uint32_t width, std::uint32_t height) noexcept;
    [[nodiscard]] bool nothing_to_do() const noexcept;
    [[nodiscard]] base::Result<void> build();
    [[nodiscard]] base::Result<Frame> pass_on(const Frame& picture) const;
    [[nodiscard]] base::Result<void> process(const Frame& picture, Frame& result);
    [[nodiscard]] base::Result<Frame> between_bars(const Frame& inside);

    PictureFormat from_;
    Colours colours_;
    PicturePool pool_;
    Place place_;
    std::optional<PicturePool> inside_;  ///< where there are bars: pictures of the size between them
    Graph graph_;                        ///< none where there is nothing to do
    std::unique_ptr<void, Freed> scratch_;
};

}  // namespace weir::av

// A small picture with soft edges that is drawn over another at any place, fractions of a pixel included, so that slow things
// move smoothly. Made once from a function; immutable.
#pragma once

#include "worker/canvas.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace weir::worker {

class Sprite {
  public:
    struct Paint {
        Color color;
        double opacity = 0;  ///< 0 to 1
    };
    /// What is at a point of it. Edges need not be soft: each pixel is the mean of nine points.
    using Shape = std::function<Paint(double x, double y)>;

    Sprite(int width, int height, const Shape& shape);
    /// With its upper left corner at (x, y); what is outside of the canvas is cut off.
    void draw(Canvas canvas, double x, double y) const;

  private:
    // One plane, already weighed by its opacity.
    struct Layer {
        int width = 0;
        int height = 0;
        std::vector<std::uint8_t> samples;
        std::vector<std::uint8_t> opacity;
    };
    static Layer render(int width, int height, double scale, const Shape& shape,
                        double (Color::*sample)() const noexcept);
    static void blend(Plane plane, int plane_width, int plane_height, double x, double y, const Layer& layer);

    Layer luma_;
    Layer u_;
    Layer v_;
};

}  // namespace weir::worker

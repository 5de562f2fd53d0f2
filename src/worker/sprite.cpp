#include "worker/sprite.hpp"

#include <cmath>

namespace weir::worker {

Sprite::Sprite(int width, int height, const Shape& shape)
    : luma_(render(width, height, 1, shape, &Color::luma)),
      u_(render(width / 2, height / 2, 2, shape, &Color::u)),
      v_(render(width / 2, height / 2, 2, shape, &Color::v)) {}

// An empty line on each side: between it and the first full one lies every fraction.
Sprite::Layer Sprite::render(int width, int height, double scale, const Shape& shape,
                             double (Color::*sample)() const noexcept) {
    constexpr int points = 3;
    Layer layer{.width = width + 2, .height = height + 2, .samples = {}, .opacity = {}};
    for (int y = -1; y <= height; ++y) {
        for (int x = -1; x <= width; ++x) {
            double value = 0;
            double opacity = 0;
            const bool inside = x >= 0 && y >= 0 && x < width && y < height;
            for (int point = 0; inside && point < points * points; ++point) {
                const int line = point / points;
                const double right = (point - line * points + 0.5) / points;
                const double down = (line + 0.5) / points;
                const Paint paint = shape((x + right) * scale, (y + down) * scale);
                value += (paint.color.*sample)() * paint.opacity;
                opacity += paint.opacity;
            }
            layer.samples.push_back(static_cast<std::uint8_t>(std::lround(value / (points * points))));
            layer.opacity.push_back(static_cast<std::uint8_t>(std::lround(255 * opacity / (points * points))));
        }
    }
    return layer;
}

void Sprite::draw(Canvas canvas, double x, double y) const {
    blend(canvas.luma, canvas_width, canvas_height, x, y, luma_);
    blend(canvas.u, canvas_width / 2, canvas_height / 2, x / 2, y / 2, u_);
    blend(canvas.v, canvas_width / 2, canvas_height / 2, x / 2, y / 2, v_);
}

void Sprite::blend(Plane plane, int plane_width, int plane_height, double x, double y, const Layer& layer) {
    const int left = static_cast<int>(std::floor(x));
    const int top = static_cast<int>(std::floor(y));
    const int right_share = static_cast<int>((x - left) * 16);  // of what is one to the left, in 1/16
    const int lower_share = static_cast<int>((y - top) * 16);
    const auto mean = [&](const std::vector<std::uint8_t>& from, std::size_t at) {
        const auto wide = static_cast<std::size_t>(layer.width);
        const int upper = from[at - wide] * (16 - right_share) + from[at - wide - 1] * right_share;
        const int here = from[at] * (16 - right_share) + from[at - 1] * right_share;
        return (here * (16 - lower_share) + upper * lower_share) >> 8;
    };
    for (int row = std::max(1, 1 - top); row < layer.height && top + row - 1 < plane_height; ++row) {
        std::uint8_t* out = plane.row(top + row - 1) + (left - 1);
        const int end = std::min(layer.width, plane_width - left + 1);
        for (int column = std::max(1, 1 - left); column < end; ++column) {
            const auto at = static_cast<std::size_t>(row) * static_cast<std::size_t>(layer.width) +
                            static_cast<std::size_t>(column);
            out[column] = static_cast<std::uint8_t>(
                std::min(255, mean(layer.samples, at) + out[column] * (255 - mean(layer.opacity, at)) / 255));
        }
    }
}

}  // namespace weir::worker

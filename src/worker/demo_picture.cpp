#include "worker/demo_picture.hpp"

#include <cmath>
#include <numbers>

namespace weir::worker {

namespace {

constexpr int balloon_width = 92;
constexpr int balloon_height = 128;
constexpr int boat_width = 84;
constexpr int boat_height = 60;

// The right-hand side of a line from (x1, y1) to (x2, y2), as one goes.
bool right_of(double x, double y, double x1, double y1, double x2, double y2) {
    return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) >= 0;
}

Sprite::Paint balloon(double x, double y) {
    constexpr Color coral{232, 92, 78};
    constexpr Color cream{250, 226, 190};
    constexpr Color wicker{96, 62, 48};
    constexpr double middle = balloon_width / 2.0;
    constexpr double widest = 44;  // half of it, and the row that it is in
    const double dx = x - middle;
    if (y > 116 && y < 127 && std::abs(dx) < 7) return {wicker, 1};
    if (y > 98 && y <= 116 && std::abs(std::abs(dx) - 9 + (y - 98) * 0.18) < 0.7) return {wicker, 1};
    if (y < 1 || y > 99) return {};
    const double up = widest - y;
    const double half =
        up > 0 ? std::sqrt(std::max(0.0, 43 * 43 - up * up)) : 10 + 33 * std::cos(-up / 55 * std::numbers::pi / 2);
    if (std::abs(dx) > half) return {};
    const double around = std::asin(std::clamp(dx / half, -1.0, 1.0));  // as the eye sees a round body
    const bool is_coral = (static_cast<int>(std::floor(around / (std::numbers::pi / 7) + 100.5)) & 1) == 0;
    const double light = 0.72 + 0.28 * std::cos(around - 0.6) - 0.12 * std::clamp((y - 60) / 40, 0.0, 1.0);
    return {(is_coral ? coral : cream) * light, 1};
}

Sprite::Paint boat(double x, double y) {
    constexpr Color paper{244, 236, 226};
    constexpr Color shadow{176, 164, 178};
    // The sail stands behind the hull, and the hull is folded down the middle.
    const bool hull = y >= 34 && right_of(x, y, 26, 58, 2, 34) && right_of(x, y, 82, 34, 58, 58) && y <= 58;
    if (hull) return {right_of(x, y, 42, 34, 34, 58) ? mix(paper, shadow, 0.35) : paper, 1};
    const bool sail = y < 40 && right_of(x, y, 20, 40, 42, 2) && right_of(x, y, 42, 2, 64, 40);
    if (sail) return {x < 42 ? shadow : paper, 1};
    return {};
}

}  // namespace

DemoPicture::DemoPicture()
    : balloon_(balloon_width, balloon_height, balloon),
      boat_(boat_width, boat_height, boat),
      mirrored_boat_(boat_width, boat_height, [](double x, double y) {
          const Sprite::Paint paint = boat(x + 1.5 * std::sin(y * 0.9), boat_height - y);
          return Sprite::Paint{paint.color * 0.7, paint.opacity * 0.45 * (1 - y / boat_height)};
      }) {}

void DemoPicture::paint(Canvas canvas, std::int64_t frame, base::WallTime time) const {
    scenery_.paint(canvas, frame);
    const auto n = static_cast<double>(frame);
    const auto crossing = [&](double speed, double margin) {
        return std::fmod(n * speed + 300, canvas_width + 2 * margin) - margin;
    };
    balloon_.draw(canvas, crossing(0.8, 140), 246 + 16 * std::sin(n / 90));
    const double boat_x = canvas_width - crossing(1.3, 120) - boat_width;
    const double boat_y = 462 + 2.5 * std::sin(n / 13);
    mirrored_boat_.draw(canvas, boat_x, boat_y + boat_height - 3);
    boat_.draw(canvas, boat_x, boat_y);
    clock_.draw(canvas, frame, time);
}

}  // namespace weir::worker

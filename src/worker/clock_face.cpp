#include "worker/clock_face.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace weir::worker {

namespace {

constexpr int radius = 70;
constexpr int side = 2 * radius + 4;
constexpr double swept = 56;
constexpr std::uint8_t white = 235;
constexpr std::uint8_t gray = 196;

double cover(double inside) { return std::clamp(inside + 0.5, 0.0, 1.0); }

// A ring with a longer mark at each twelfth of it.
double ring(double distance, double turn) {
    const double line = cover(1.6 - std::abs(distance - (radius - 2)));
    const double from_mark = std::abs(turn * 12 - std::round(turn * 12)) / 12 * 2 * std::numbers::pi * distance;
    const double mark = cover(1.2 - from_mark) * cover(distance - (radius - 10)) * cover(radius - 2 - distance);
    return std::max(line, mark);
}

std::chrono::nanoseconds of_second(base::WallTime time) {
    return time - std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

std::string time_of_day(base::WallTime time) {
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count() % 86'400'000;
    return fmt::format("{:02}:{:02}:{:02}.{:03}", whole / 3'600'000, whole / 60'000 % 60, whole / 1000 % 60,
                       whole % 1000);
}

ClockFace::ClockFace() : figures_(92, 10), small_(26, 3.4) {
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const double dx = x - side / 2.0 + 0.5;
            const double dy = y - side / 2.0 + 0.5;
            const double distance = std::hypot(dx, dy);
            const double turn = 0.5 + std::atan2(-dx, dy) / (2 * std::numbers::pi);
            turn_.push_back(static_cast<std::uint8_t>(turn * 256));
            disc_.push_back(static_cast<std::uint8_t>(255 * cover(swept - distance)));
            ring_.push_back(static_cast<std::uint8_t>(255 * ring(distance, turn)));
        }
    }
}

void ClockFace::draw(Canvas canvas, std::int64_t frame, base::WallTime time) const {
    figures_.draw(canvas, time_x, time_y, time_of_day(time), white);
    small_.draw(canvas, time_x, count_y, "WEIR  UTC", gray);
    small_.draw(canvas, count_x, count_y, fmt::format("{:0{}}", frame % 100'000'000, count_figures), gray);
    draw_dial(canvas, time);
}

void ClockFace::draw_dial(Canvas canvas, base::WallTime time) const {
    const std::chrono::nanoseconds since = of_second(time);
    const auto hand = static_cast<std::uint8_t>(since.count() * 256 / 1'000'000'000);
    const int light = since < flash ? 255 : 0;
    const auto lit = [&](std::size_t at) {
        // A tail of half a round behind the hand.
        const int behind = static_cast<std::uint8_t>(hand - turn_[at]);
        const int tail = std::max(0, 220 - 2 * behind);
        return std::max((disc_[at] * std::max(tail, light)) >> 8, static_cast<int>(ring_[at]));
    };
    for (int y = 0; y < side; ++y) {
        const int line = dial_y - side / 2 + y;
        const auto row = static_cast<std::size_t>(y) * side;
        std::uint8_t* luma = canvas.luma.row(line) + dial_x - side / 2;
        for (std::size_t x = 0; x < side; ++x)
            luma[x] = static_cast<std::uint8_t>(luma[x] + (((white - luma[x]) * lit(row + x)) >> 8));
        if (line % 2 != 0) continue;
        for (const Plane& plane : {canvas.u, canvas.v}) {
            std::uint8_t* chroma = plane.row(line / 2) + (dial_x - side / 2) / 2;
            for (std::size_t x = 0; x < side / 2; ++x)
                chroma[x] = static_cast<std::uint8_t>(chroma[x] + (((128 - chroma[x]) * lit(row + 2 * x)) >> 8));
        }
    }
}

}  // namespace weir::worker

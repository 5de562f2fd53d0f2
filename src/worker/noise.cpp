#include "worker/noise.hpp"

#include <cmath>

namespace weir::worker {

double chance(std::uint32_t x, std::uint32_t y) noexcept {
    std::uint32_t h = x * 0x9e3779b1U ^ y * 0x85ebca77U;
    h = (h ^ (h >> 15)) * 0x2c1b3c6dU;
    h = (h ^ (h >> 12)) * 0x297a2d39U;
    return static_cast<double>((h ^ (h >> 15)) & 0xffffff) / 0xffffff;
}

void add_noise(std::span<float> row, const Octave& octave) {
    const auto wrap = [](int point, int period) {
        return static_cast<std::uint32_t>((point % period + period) % period);
    };
    const auto line = static_cast<int>(std::floor(octave.y));
    const double down = smooth(octave.y - line);
    const auto value = [&](int x) {
        const std::uint32_t column = wrap(x, octave.period_x) + octave.seed * 7919;
        return std::lerp(chance(column, wrap(line, octave.period_y) + octave.seed),
                         chance(column, wrap(line + 1, octave.period_y) + octave.seed), down);
    };
    // A point's value serves all samples up to the next.
    int point = static_cast<int>(std::floor(octave.shift));
    double left = value(point);
    double right = value(point + 1);
    for (std::size_t i = 0; i < row.size(); ++i) {
        const double x = static_cast<double>(i) / octave.cell + octave.shift;
        while (x >= point + 1) {
            left = right;
            right = value(++point + 1);
        }
        const double t = smooth(x - point);
        row[i] += static_cast<float>(octave.weight * (left + (right - left) * t - 0.5));
    }
}

}  // namespace weir::worker

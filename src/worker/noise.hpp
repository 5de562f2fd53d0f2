// Smooth noise that is the same everywhere and always: what hills, clouds and water are made of. Values stand on the points of a
// lattice, by a hash of their places, and are blended between them.
#pragma once

#include <cstdint>
#include <span>

namespace weir::worker {

/// The value of a point of the lattice, 0 to 1.
[[nodiscard]] double chance(std::uint32_t x, std::uint32_t y) noexcept;

[[nodiscard]] constexpr double smooth(double t) noexcept { return t * t * (3 - 2 * t); }

/// One size of noise, along a row.
struct Octave {
    double weight = 0;  ///< the noise is from minus to plus half of it
    double cell = 1;    ///< samples from point to point of the lattice
    double y = 0;       ///< where the row crosses the lattice, in points
    int period_x = 0;   ///< points after which it repeats
    int period_y = 0;
    std::uint32_t seed = 0;
    double shift = 0;  ///< in points
};
void add_noise(std::span<float> row, const Octave& octave);

}  // namespace weir::worker

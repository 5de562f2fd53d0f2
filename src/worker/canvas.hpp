// What the demo's picture is painted on: the planes of one 8-bit 4:2:0 picture of somebody else's, and colors as ITU-R BT.709
// puts them there (limited range). The size is the demo's own; it is even.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace weir::worker {

inline constexpr int canvas_width = 1280;
inline constexpr int canvas_height = 720;

struct Plane {
    std::uint8_t* data = nullptr;
    std::ptrdiff_t stride = 0;

    [[nodiscard]] std::uint8_t* row(int y) const noexcept { return data + y * stride; }
};

struct Canvas {
    Plane luma;
    Plane u;  ///< half as wide and half as high, as is `v`
    Plane v;
};

/// Red, green and blue, 0 to 255, with fractions: what is mixed and shaded.
struct Color {
    double red = 0;
    double green = 0;
    double blue = 0;

    friend constexpr Color operator+(Color a, Color b) noexcept {
        return {a.red + b.red, a.green + b.green, a.blue + b.blue};
    }
    friend constexpr Color operator*(Color a, double by) noexcept { return {a.red * by, a.green * by, a.blue * by}; }

    [[nodiscard]] double luma() const noexcept { return 16 + 0.1826 * red + 0.6142 * green + 0.0620 * blue; }
    [[nodiscard]] double u() const noexcept { return 128 - 0.1006 * red - 0.3386 * green + 0.4392 * blue; }
    [[nodiscard]] double v() const noexcept { return 128 + 0.4392 * red - 0.3989 * green - 0.0403 * blue; }
};

[[nodiscard]] constexpr Color mix(Color a, Color b, double share_of_b) noexcept {
    return a * (1 - share_of_b) + b * share_of_b;
}
[[nodiscard]] inline std::uint8_t to_sample(double value) noexcept {
    return static_cast<std::uint8_t>(std::clamp(std::lround(value), 16L, 240L));
}

}  // namespace weir::worker

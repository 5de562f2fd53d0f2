// The demo's landscape at dusk: a sky, hills that pass by, a pool that mirrors them, and the weir that it falls over. Slow and
// fast motion, smooth and busy areas: what cameras give encoders. A frame is a pure function of its number; everything that
// does not move is painted once. Rows are plain loops over bytes and 16-bit words, for the compiler to make vectors of.
#pragma once

#include "worker/canvas.hpp"
#include "worker/noise.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace weir::worker {

/// Rows of noise that repeat sideways; read from any place, a row is longer than the canvas is wide.
class Texture {
  public:
    static constexpr int period = 2048;

    explicit Texture(int rows) : samples_(static_cast<std::size_t>(stride) * static_cast<std::size_t>(rows)) {}

    /// The octaves of a row add up to no more than a byte holds, and repeat with the texture.
    void fill(int y, std::initializer_list<Octave> octaves);
    /// The row from any place on, wrapped into the period.
    [[nodiscard]] const std::int8_t* at(int y, std::int64_t x) const noexcept {
        return samples_.data() + y * stride + ((x % period) + period) % period;
    }

  private:
    static constexpr int stride = period + canvas_width + 2;
    std::vector<std::int8_t> samples_;
};

class Scenery {
  public:
    Scenery();
    /// Every sample of the canvas.
    void paint(Canvas canvas, std::int64_t frame) const;

  private:
    static constexpr int half_width = canvas_width / 2;
    static constexpr int ridges = 4;

    struct Ridge {
        std::vector<std::int16_t> heights;  ///< in 1/16 of a row, for each column of a panorama that repeats
        double speed;                       ///< columns a frame
        Color top;
        Color foot;  ///< at the waterline, where the mist is
    };
    /// The upper edge of a ridge as the frame shows it: 1/16 of a row for each column.
    using Edge = std::array<std::int16_t, canvas_width>;

    void paint_sky();
    void raise_ridges();
    void stir_water();
    [[nodiscard]] Edge edge(const Ridge& ridge, std::int64_t frame) const;
    void paint_ridge(Canvas canvas, const Ridge& ridge, const Edge& edge) const;
    void paint_pool(Canvas canvas, const Edge& shore, std::int64_t frame) const;
    void paint_fall(Canvas canvas, std::int64_t frame) const;

    std::vector<std::uint8_t> sky_luma_;
    std::vector<std::uint8_t> sky_u_;
    std::vector<std::uint8_t> sky_v_;
    std::array<Ridge, ridges> ridges_;
    Texture ripples_;
    Texture swell_;
    Texture streaks_;                                 ///< of the falling water
    Texture foam_;                                    ///< where it has landed
    std::array<std::int16_t, canvas_width> glint_{};  ///< how much a column mirrors the sun
};

}  // namespace weir::worker

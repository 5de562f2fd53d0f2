// The demo's lettering: figures and a few capitals as strokes with round ends, drawn once at a size into coverage and then
// blended. No font is needed on the machine. Immutable once made.
#pragma once

#include "worker/canvas.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::worker {

class Glyphs {
  public:
    /// Capitals of `height` rows, drawn with a pen of `pen` pixels.
    Glyphs(int height, double pen);

    [[nodiscard]] int height() const noexcept { return height_; }
    /// From the left edge of a character to that of the next. All figures are equally wide.
    [[nodiscard]] int advance(char character) const noexcept;
    [[nodiscard]] int width(std::string_view text) const noexcept;
    /// The text with the upper left corner of its first cell at an even (x, y), in gray. Wholly within the canvas. Characters that
    /// there are not are spaces.
    void draw(Canvas canvas, int x, int y, std::string_view text, std::uint8_t gray) const;

  private:
    struct Cell {
        int width = 0;  ///< of the coverage
        int advance = 0;
        std::vector<std::uint8_t> coverage;  ///< rows of `width`, 0 to 255
    };
    void blend(Canvas canvas, int x, int y, const Cell& cell, std::uint8_t gray) const;

    int height_;
    int margin_;  ///< around a cell: the pen's own width and the soft edge
    std::array<Cell, 128> cells_;
};

}  // namespace weir::worker

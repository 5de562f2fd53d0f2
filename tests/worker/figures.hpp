// Reads figures off a picture as a stranger would: each cell is held against the figures of an old dot-matrix display, which are
// not those that the painter knows.
#pragma once

#include "worker/clock_face.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::worker {

inline constexpr std::array<std::array<std::string_view, 7>, 10> dot_matrix{{
    {".###.", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."},
    {"..#..", ".##..", "..#..", "..#..", "..#..", "..#..", "..#.."},
    {".###.", "#...#", "....#", "...#.", "..#..", ".#...", "#####"},
    {".###.", "#...#", "....#", "..##.", "....#", "#...#", ".###."},
    {"...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."},
    {"#####", "#....", "####.", "....#", "....#", "#...#", ".###."},
    {"...#.", "..#..", ".#...", "####.", "#...#", "#...#", ".###."},
    {"#####", "....#", "...#.", "..#..", "..#..", ".#...", ".#..."},
    {".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."},
    {".###.", "#...#", "#...#", ".####", "...#.", "..#..", ".#..."},
}};

/// The figure in the cell whose upper left corner is at (x, y), by its ink.
inline char read_figure(Plane luma, int x, int y, int height) {
    const double width = 0.56 * height;
    std::array<std::array<double, 5>, 7> ink{};
    for (int row = 0; row < 7; ++row)
        for (int column = 0; column < 5; ++column) {
            // The most of a dot's neighbourhood: a stroke need not run through its middle.
            double most = 0;
            for (int dy = -2; dy <= 2; ++dy)
                for (int dx = -2; dx <= 2; ++dx) {
                    const int px = x + static_cast<int>(width * (column + 0.15 * dx) / 4);
                    const int py = y + static_cast<int>(height * (row + 0.15 * dy) / 6.05);
                    most = std::max(most, static_cast<double>(luma.row(py)[px]));
                }
            ink[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = most > 160 ? 1 : 0;
        }
    int best = 0;
    double best_score = -1e9;
    for (int figure = 0; figure < 10; ++figure) {
        double score = 0;
        for (std::size_t row = 0; row < 7; ++row)
            for (std::size_t column = 0; column < 5; ++column) {
                const bool dot = dot_matrix[static_cast<std::size_t>(figure)][row][column] == '#';
                score += (ink[row][column] > 0.5) == dot ? 1 : -1;
            }
        if (score > best_score) best_score = score, best = figure;
    }
    return static_cast<char>('0' + best);
}

/// `pattern` as it stands in the picture, its figures read.
inline std::string read_text(Plane luma, const Glyphs& glyphs, int x, int y, std::string_view pattern) {
    std::string text;
    for (const char character : pattern) {
        const bool is_figure = character >= '0' && character <= '9';
        text += is_figure ? read_figure(luma, x, y, glyphs.height()) : character;
        x += glyphs.advance(character);
    }
    return text;
}

inline std::string read_time(Plane luma, const ClockFace& clock) {
    return read_text(luma, clock.figures(), ClockFace::time_x, ClockFace::time_y, "00:00:00.000");
}
inline std::string read_count(Plane luma, const ClockFace& clock) {
    return read_text(luma, clock.small_figures(), ClockFace::count_x, ClockFace::count_y, "00000000");
}

}  // namespace weir::worker

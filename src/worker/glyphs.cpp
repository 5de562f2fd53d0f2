#include "worker/glyphs.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace weir::worker {

namespace {

struct Point {
    double x;
    double y;
};

// A piece of a character, in a cell one high: a line, or an arc of an ellipse from one angle to another (in quarter turns,
// clockwise from three o'clock, since y grows downward). A point is a line without length.
struct Stroke {
    enum class Kind : std::uint8_t { line, arc } kind;
    Point a;  ///< start, or center
    Point b;  ///< end, or radii
    double from = 0;
    double to = 0;
};
constexpr Stroke line(double x1, double y1, double x2, double y2) { return {Stroke::Kind::line, {x1, y1}, {x2, y2}}; }
constexpr Stroke arc(double x, double y, double radius_x, double radius_y, double from, double to) {
    return {Stroke::Kind::arc, {x, y}, {radius_x, radius_y}, from, to};
}
constexpr Stroke dot(double x, double y) { return line(x, y, x, y); }

constexpr double figure_width = 0.56;

constexpr Stroke zero[] = {arc(0.28, 0.28, 0.28, 0.28, 2, 4), line(0, 0.28, 0, 0.72), line(0.56, 0.28, 0.56, 0.72),
                           arc(0.28, 0.72, 0.28, 0.28, 0, 2)};
constexpr Stroke one[] = {line(0.08, 0.2, 0.32, 0), line(0.32, 0, 0.32, 1)};
constexpr Stroke two[] = {arc(0.28, 0.28, 0.28, 0.28, 2, 4.45), line(0.494, 0.46, 0, 1), line(0, 1, 0.56, 1)};
constexpr Stroke three[] = {arc(0.28, 0.245, 0.245, 0.245, 2.2, 5), arc(0.28, 0.745, 0.28, 0.255, 3, 5.85),
                            line(0.2, 0.49, 0.28, 0.49)};
constexpr Stroke four[] = {line(0.42, 0, 0, 0.7), line(0, 0.7, 0.56, 0.7), line(0.42, 0.38, 0.42, 1)};
constexpr Stroke five[] = {line(0.52, 0, 0.08, 0), line(0.08, 0, 0.03, 0.45), arc(0.27, 0.68, 0.29, 0.32, 2.55, 5.8)};
constexpr Stroke six[] = {arc(0.28, 0.68, 0.28, 0.32, 0, 4), line(0.42, 0, 0.05, 0.52)};
constexpr Stroke seven[] = {line(0, 0, 0.56, 0), line(0.56, 0, 0.18, 1)};
constexpr Stroke eight[] = {arc(0.28, 0.245, 0.245, 0.245, 0, 4), arc(0.28, 0.745, 0.28, 0.255, 0, 4)};
constexpr Stroke nine[] = {arc(0.28, 0.32, 0.28, 0.32, 0, 4), line(0.51, 0.48, 0.14, 1)};
constexpr Stroke colon[] = {dot(0.06, 0.3), dot(0.06, 0.78)};
constexpr Stroke point[] = {dot(0.06, 1)};
constexpr Stroke letter_c[] = {arc(0.3, 0.28, 0.3, 0.28, 2, 3.75), line(0, 0.28, 0, 0.72),
                               arc(0.3, 0.72, 0.3, 0.28, 0.25, 2)};
constexpr Stroke letter_e[] = {line(0, 0, 0, 1), line(0, 0, 0.5, 0), line(0, 0.48, 0.42, 0.48), line(0, 1, 0.5, 1)};
constexpr Stroke letter_i[] = {line(0.05, 0, 0.05, 1)};
constexpr Stroke letter_r[] = {line(0, 0, 0, 1), line(0, 0, 0.26, 0), arc(0.26, 0.26, 0.26, 0.26, 3, 5),
                               line(0, 0.52, 0.26, 0.52), line(0.26, 0.52, 0.52, 1)};
constexpr Stroke letter_t[] = {line(0, 0, 0.6, 0), line(0.3, 0, 0.3, 1)};
constexpr Stroke letter_u[] = {line(0, 0, 0, 0.7), line(0.58, 0, 0.58, 0.7), arc(0.29, 0.7, 0.29, 0.3, 0, 2)};
constexpr Stroke letter_w[] = {line(0, 0, 0.2, 1), line(0.2, 1, 0.42, 0.2), line(0.42, 0.2, 0.64, 1),
                               line(0.64, 1, 0.84, 0)};

struct Shape {
    char character;
    double width;
    std::span<const Stroke> strokes;
};
constexpr Shape shapes[] = {
    {'0', figure_width, zero},  {'1', figure_width, one},  {'2', figure_width, two}, {'3', figure_width, three},
    {'4', figure_width, four},  {'5', figure_width, five}, {'6', figure_width, six}, {'7', figure_width, seven},
    {'8', figure_width, eight}, {'9', figure_width, nine}, {':', 0.12, colon},       {'.', 0.12, point},
    {'C', 0.6, letter_c},       {'E', 0.5, letter_e},      {'I', 0.1, letter_i},     {'R', 0.52, letter_r},
    {'T', 0.6, letter_t},       {'U', 0.58, letter_u},     {'W', 0.84, letter_w},
};
constexpr double space_width = 0.3;
constexpr double gap = 0.24;  // between two characters

struct Segment {
    Point a;
    Point b;
};

double distance(Point p, const Segment& segment) {
    const double dx = segment.b.x - segment.a.x;
    const double dy = segment.b.y - segment.a.y;
    const double length = dx * dx + dy * dy;
    const double ahead = (p.x - segment.a.x) * dx + (p.y - segment.a.y) * dy;
    const double along = length == 0 ? 0 : std::clamp(ahead / length, 0.0, 1.0);
    return std::hypot(p.x - segment.a.x - along * dx, p.y - segment.a.y - along * dy);
}

// Straight pieces of `scale` times the size; an arc is enough of them.
std::vector<Segment> straighten(const Shape& shape, double scale) {
    constexpr int pieces = 24;
    std::vector<Segment> segments;
    const auto add = [&](Point a, Point b) {
        segments.push_back({{a.x * scale, a.y * scale}, {b.x * scale, b.y * scale}});
    };
    for (const Stroke& stroke : shape.strokes) {
        const auto at = [&](int piece) {
            const double angle = (stroke.from + (stroke.to - stroke.from) * piece / pieces) * std::numbers::pi / 2;
            return Point{stroke.a.x + stroke.b.x * std::cos(angle), stroke.a.y + stroke.b.y * std::sin(angle)};
        };
        if (stroke.kind == Stroke::Kind::line) add(stroke.a, stroke.b);
        else
            for (int piece = 0; piece < pieces; ++piece) add(at(piece), at(piece + 1));
    }
    return segments;
}

}  // namespace

Glyphs::Glyphs(int height, double pen) : height_(height), margin_((static_cast<int>(pen / 2) + 3) & ~1) {
    const int advance_of_space = static_cast<int>((space_width + gap) * height);
    for (Cell& cell : cells_) cell.advance = advance_of_space;
    const double scale = height - 1;
    for (const Shape& shape : shapes) {
        Cell& cell = cells_[static_cast<unsigned char>(shape.character)];
        cell.width = (static_cast<int>(std::ceil(shape.width * scale)) + 2 * margin_ + 2) & ~1;
        cell.advance = (static_cast<int>((shape.width + gap) * scale) + 1) & ~1;
        const std::vector<Segment> segments = straighten(shape, scale);
        for (int y = -margin_; y < height + margin_; ++y) {
            for (int x = -margin_; x < cell.width - margin_; ++x) {
                double least = std::numeric_limits<double>::max();
                for (const Segment& segment : segments)
                    least = std::min(least, distance({static_cast<double>(x), static_cast<double>(y)}, segment));
                const double inside = std::clamp(pen / 2 - least + 0.5, 0.0, 1.0);
                cell.coverage.push_back(static_cast<std::uint8_t>(255 * inside));
            }
        }
    }
}

int Glyphs::advance(char character) const noexcept {
    const auto index = static_cast<unsigned char>(character);
    return cells_[index < cells_.size() ? index : ' '].advance;
}

int Glyphs::width(std::string_view text) const noexcept {
    int width = 0;
    for (const char character : text) width += advance(character);
    return width;
}

void Glyphs::draw(Canvas canvas, int x, int y, std::string_view text, std::uint8_t gray) const {
    for (const char character : text) {
        const auto index = static_cast<unsigned char>(character);
        if (index < cells_.size()) blend(canvas, x, y, cells_[index], gray);
        x += advance(character);
    }
}

void Glyphs::blend(Canvas canvas, int x, int y, const Cell& cell, std::uint8_t gray) const {
    const int left = x - margin_;
    for (int row = 0; row * cell.width < static_cast<int>(cell.coverage.size()); ++row) {
        const std::uint8_t* coverage = cell.coverage.data() + row * cell.width;
        const int line = y - margin_ + row;
        std::uint8_t* luma = canvas.luma.row(line) + left;
        for (int i = 0; i < cell.width; ++i)
            luma[i] = static_cast<std::uint8_t>(luma[i] + (((gray - luma[i]) * coverage[i]) >> 8));
        if (line % 2 != 0) continue;
        for (const Plane& plane : {canvas.u, canvas.v}) {
            std::uint8_t* chroma = plane.row(line / 2) + left / 2;
            for (int i = 0; i < cell.width / 2; ++i)
                chroma[i] = static_cast<std::uint8_t>(chroma[i] + (((128 - chroma[i]) * coverage[2 * i]) >> 8));
        }
    }
}

}  // namespace weir::worker

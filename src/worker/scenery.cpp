#include "worker/scenery.hpp"

#include <cmath>
#include <cstring>
#include <numbers>

namespace weir::worker {

namespace {

constexpr int waterline = 424;
constexpr int crest = 566;  // where the pool goes over
constexpr int foot = 668;   // where it lands
constexpr int pool_rows = crest - waterline;
constexpr int fall_period = 256;  // rows after which the falling water repeats
constexpr int panorama = 4096;
constexpr double sun_x = 930;
constexpr double sun_y = 306;
constexpr double sun_radius = 44;

struct Stop {
    double y;
    Color color;
};
constexpr Stop sky_stops[] = {{0, {13, 18, 46}},     {130, {34, 36, 86}},    {240, {84, 58, 118}},
                              {320, {170, 92, 122}}, {380, {236, 142, 108}}, {waterline, {255, 202, 142}}};
constexpr Color sun_color{255, 244, 214};
constexpr Color glow_color{255, 190, 120};
constexpr Color cloud_color{255, 158, 128};
constexpr Color water_dark{20, 44, 70};
constexpr Color deep_water{42, 68, 96};
constexpr Color foam{226, 238, 246};
constexpr Color lit_edge{232, 176, 150};

Color sky_gradient(double y) {
    const Stop* below = sky_stops;
    while (below + 2 < std::end(sky_stops) && y >= below[1].y) ++below;
    const double share = std::clamp((y - below[0].y) / (below[1].y - below[0].y), 0.0, 1.0);
    return mix(below[0].color, below[1].color, smooth(share));
}

// `cloud` is how thick it is there, 0 to 1.
Color sky_color(double x, double y, double cloud) {
    const double distance = std::hypot(x - sun_x, (y - sun_y) * 1.15);
    Color color = mix(sky_gradient(y), glow_color, 0.65 * std::exp(-distance / 120));
    color = mix(color, cloud_color, cloud);
    return mix(color, sun_color, std::clamp(sun_radius - std::hypot(x - sun_x, y - sun_y) + 0.5, 0.0, 1.0));
}

// Long thin clouds, lit from below.
std::array<float, canvas_width> cloud_row(double y) {
    std::array<float, canvas_width> row{};
    add_noise(row,
              {.weight = 0.6, .cell = 190, .y = y / 15, .period_x = 64, .period_y = 64, .seed = 5, .shift = y / 60});
    add_noise(row, {.weight = 0.4, .cell = 70, .y = y / 7, .period_x = 64, .period_y = 64, .seed = 6});
    const auto band = static_cast<float>(0.75 * std::exp(-std::pow((y - 262) / 62, 2)));
    for (float& cloud : row) cloud = band * std::clamp((cloud - 0.02F) * 3.2F, 0.0F, 1.0F);
    return row;
}

// So that a gradient does not come out in steps: an ordered pattern of less than one step (Bayer, 4 by 4).
double dither(int x, int y) {
    constexpr double pattern[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    return (pattern[y & 3][x & 3] + 0.5) / 16 - 0.5;
}

std::uint8_t limited(int value) { return static_cast<std::uint8_t>(std::clamp(value, 16, 235)); }

// The whole and the 16th part of a place between two columns.
struct Place {
    std::int64_t whole;
    int part;
};
Place place(double x) {
    const double whole = std::floor(x);
    return {static_cast<std::int64_t>(whole), static_cast<int>((x - whole) * 16)};
}

}  // namespace

void Texture::fill(int y, std::initializer_list<Octave> octaves) {
    std::array<float, period> noise{};
    for (const Octave& octave : octaves) add_noise(noise, octave);
    std::int8_t* row = samples_.data() + y * stride;
    for (int x = 0; x < stride; ++x) row[x] = static_cast<std::int8_t>(noise[static_cast<std::size_t>(x % period)]);
}

Scenery::Scenery() : ripples_(pool_rows), swell_(pool_rows), streaks_(fall_period), foam_(fall_period) {
    paint_sky();
    raise_ridges();
    stir_water();
}

void Scenery::paint_sky() {
    sky_luma_.resize(static_cast<std::size_t>(canvas_width) * waterline);
    sky_u_.resize(sky_luma_.size() / 4);
    sky_v_.resize(sky_luma_.size() / 4);
    std::size_t at = 0;
    for (int y = 0; y < waterline; ++y) {
        const auto clouds = cloud_row(y);
        for (int x = 0; x < canvas_width; ++x) {
            const Color color = sky_color(x, y, clouds[static_cast<std::size_t>(x)]);
            const bool star = y < 230 && chance(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)) > 0.9996;
            sky_luma_[at++] = to_sample(color.luma() + dither(x, y) + (star ? 110.0 * (250 - y) / 250 : 0.0));
            if (x % 2 != 0 || y % 2 != 0) continue;
            const std::size_t half = static_cast<std::size_t>(y / 2) * half_width + static_cast<std::size_t>(x / 2);
            sky_u_[half] = to_sample(color.u() + dither(x / 2, y / 2));
            sky_v_[half] = to_sample(color.v() + dither(x / 2, y / 2));
        }
    }
    for (int x = 0; x < canvas_width; ++x)
        glint_[static_cast<std::size_t>(x)] =
            static_cast<std::int16_t>(118 * std::exp(-std::pow((x - sun_x) / 105, 2)) + 8);
}

void Scenery::raise_ridges() {
    struct Form {
        double height;  // of the middle above the waterline
        double relief;
        double roughness;
        double speed;
        Color top;
        Color foot;
    };
    constexpr Form forms[ridges] = {{82, 46, 3, 0.2, {138, 88, 128}, {214, 146, 132}},
                                    {58, 40, 4, 0.45, {94, 68, 114}, {166, 108, 120}},
                                    {34, 26, 5, 0.9, {52, 48, 88}, {96, 76, 102}},
                                    {15, 15, 15, 1.8, {17, 24, 44}, {30, 36, 54}}};
    for (std::uint32_t index = 0; index < ridges; ++index) {
        const Form& form = forms[index];
        Ridge& ridge = ridges_[index];
        ridge = {.heights = {}, .speed = form.speed, .top = form.top, .foot = form.foot};
        std::vector<float> relief(panorama);
        const auto add = [&](double weight, int cells, std::uint32_t seed) {
            add_noise(relief, {.weight = weight,
                               .cell = static_cast<double>(panorama) / cells,
                               .y = 0.5,
                               .period_x = cells,
                               .period_y = 8,
                               .seed = seed + index * 31});
        };
        add(1.5 * form.relief, 14, 1);
        add(0.7 * form.relief, 37, 2);
        add(0.25 * form.relief, 120, 3);
        add(form.roughness, 512, 4);
        add(0.8 * form.roughness, 1365, 9);
        for (const float height : relief) {
            const double top = std::min(waterline - form.height - height, waterline - 3.0);
            ridge.heights.push_back(static_cast<std::int16_t>(top * 16));
        }
    }
}

void Scenery::stir_water() {
    for (int y = 0; y < pool_rows; ++y) {
        // Near rows show the same ripples larger: the nearer, the larger.
        const double near = 0.12 + 0.88 * std::pow(static_cast<double>(y) / pool_rows, 1.3);
        const auto waves = [&](double weight, double size, double stretch, std::uint32_t seed) {
            const int cells = std::max(4, static_cast<int>(Texture::period / (size * near)));
            return Octave{.weight = weight,
                          .cell = static_cast<double>(Texture::period) / cells,
                          .y = 26 / near * stretch,
                          .period_x = cells,
                          .period_y = 4096,
                          .seed = seed};
        };
        ripples_.fill(y, {waves(150, 64, 2.1, 11), waves(90, 27, 4.4, 12)});
        swell_.fill(y, {waves(150, 92, 1.3, 13), waves(90, 38, 3.1, 14)});
    }
    for (int y = 0; y < fall_period; ++y) {
        const auto drops = [&](double weight, int width, int height, std::uint32_t seed) {
            return Octave{.weight = weight,
                          .cell = static_cast<double>(width),
                          .y = static_cast<double>(y) / height,
                          .period_x = Texture::period / width,
                          .period_y = fall_period / height,
                          .seed = seed};
        };
        streaks_.fill(y, {drops(110, 8, 64, 21), drops(80, 4, 32, 22), drops(60, 2, 16, 23)});
        foam_.fill(y, {drops(110, 64, 8, 31), drops(80, 16, 4, 32), drops(50, 8, 2, 33)});
    }
}

Scenery::Edge Scenery::edge(const Ridge& ridge, std::int64_t frame) const {
    const Place start = place(static_cast<double>(frame) * ridge.speed);
    Edge edge;
    for (int x = 0; x < canvas_width; ++x) {
        const auto column = static_cast<std::size_t>((start.whole + x) % panorama);
        const int here = ridge.heights[column];
        const int next = ridge.heights[(column + 1) % panorama];
        edge[static_cast<std::size_t>(x)] = static_cast<std::int16_t>(here + (((next - here) * start.part) >> 4));
    }
    return edge;
}

void Scenery::paint_ridge(Canvas canvas, const Ridge& ridge, const Edge& edge) const {
    const int top = *std::min_element(edge.begin(), edge.end()) / 16;
    Edge half;
    for (std::size_t x = 0; x < half_width; ++x) half[x] = edge[2 * x];
    // Covers what is below the edge; the row of the edge itself by its share.
    const auto cover = [](std::uint8_t* row, const Edge& from, int width, int y16, int height16, int value) {
        const int shift = height16 == 16 ? 0 : 1;
        for (int x = 0; x < width; ++x) {
            const int share = std::clamp((y16 + height16 - from[static_cast<std::size_t>(x)]) >> shift, 0, 16);
            row[x] = static_cast<std::uint8_t>(row[x] + (((value - row[x]) * share) >> 4));
        }
    };
    for (int y = top; y < waterline; ++y) {
        const double down = std::clamp(static_cast<double>(y - top) / (waterline - top), 0.0, 1.0);
        const Color color = mix(ridge.top, ridge.foot, down * down);
        cover(canvas.luma.row(y), edge, canvas_width, y * 16, 16, to_sample(color.luma()));
        if (y % 2 != 0) continue;
        cover(canvas.u.row(y / 2), half, half_width, y * 16, 32, to_sample(color.u()));
        cover(canvas.v.row(y / 2), half, half_width, y * 16, 32, to_sample(color.v()));
    }
}

void Scenery::paint_pool(Canvas canvas, const Edge& shore, std::int64_t frame) const {
    const Color shade = ridges_.back().top;
    // All rows drift alike, or they would shear apart within minutes; the two drift against each other, which makes them live.
    const std::int64_t ripples_at = std::llround(static_cast<double>(frame) * 3.1);
    const std::int64_t swell_at = std::llround(static_cast<double>(frame) * 1.2);
    for (int row = 0; row < pool_rows; ++row) {
        const int y = waterline + row;
        const double near = static_cast<double>(row) / pool_rows;
        const Color mirrored = mix(sky_gradient(waterline - row * 1.9), water_dark, 0.25 + 0.5 * near);
        const std::int8_t* ripples = ripples_.at(row, ripples_at);
        const std::int8_t* swell = swell_.at(row, swell_at);
        const int base = to_sample(mirrored.luma());
        const int dark = to_sample(shade.luma()) + static_cast<int>(10 * near);
        const auto swing = static_cast<int>(18 + 34 * near);  // of the light, by the ripples
        const auto wobble = static_cast<int>(1 + 6 * near);   // of the mirrored shore
        std::uint8_t* luma = canvas.luma.row(y);
        // The shore stands on its head: as far below the waterline as it is above, shortened.
        const auto covered = [&](int x, int wave) {
            const int reach = (waterline * 16 - shore[static_cast<std::size_t>(x)]) * 5 / 4 + wave * wobble;
            return std::clamp((reach - row * 16) >> 2, 0, 16);
        };
        for (int x = 0; x < canvas_width; ++x) {
            const int wave = ripples[x] + swell[x];
            const int lit = base + ((wave * swing) >> 8);
            const int glint = (std::max(wave - 22, 0) * glint_[static_cast<std::size_t>(x)]) >> 6;
            const int shaded = lit + (((dark + ((wave * swing) >> 9) - lit) * covered(x, wave)) >> 4);
            luma[x] = limited(shaded + glint);
        }
        if (y % 2 != 0) continue;
        std::uint8_t* u = canvas.u.row(y / 2);
        std::uint8_t* v = canvas.v.row(y / 2);
        const int base_u = to_sample(mirrored.u());
        const int base_v = to_sample(mirrored.v());
        const int dark_u = to_sample(shade.u());
        const int dark_v = to_sample(shade.v());
        for (int x = 0; x < half_width; ++x) {
            const int wave = ripples[2 * x] + swell[2 * x];
            const int share = covered(2 * x, wave);
            const int warm = (std::max(wave, 0) * glint_[2 * static_cast<std::size_t>(x)]) >> 9;
            u[x] = static_cast<std::uint8_t>(base_u + (((dark_u - base_u) * share) >> 4) - warm);
            v[x] = static_cast<std::uint8_t>(base_v + (((dark_v - base_v) * share) >> 4) + warm / 2);
        }
    }
}

void Scenery::paint_fall(Canvas canvas, std::int64_t frame) const {
    const std::int64_t pan = std::llround(static_cast<double>(frame) * 2.4);
    const auto moved = static_cast<double>(frame) * 5.5;
    for (int y = crest; y < canvas_height; ++y) {
        // Falling water gets faster and whiter; beyond its foot it runs toward us and calms.
        const bool falls = y < foot;
        const double down = falls ? static_cast<double>(y - crest) / (foot - crest)
                                  : static_cast<double>(y - foot) / (canvas_height - foot);
        const double lip = falls ? std::exp(-down * 14) : 0;
        const double white = falls ? 0.1 + 0.7 * std::pow(down, 2.2) : 0.8 * std::pow(1 - down, 1.2) + 0.06;
        const double swing = falls ? (62 + 40 * down) * (1 - 0.8 * lip) : 102 - 50 * down;
        const Color water = mix(mix(deep_water, foam, white), lit_edge, 0.75 * lip);
        const Place source = place(falls ? (42 + 60 * down) * down - moved : 22 * std::sqrt(down) * 1.6 - moved * 0.2);
        const Texture& texture = falls ? streaks_ : foam_;
        const auto from = static_cast<int>(((source.whole % fall_period) + fall_period) % fall_period);
        const std::int8_t* upper = texture.at(from, pan);
        const std::int8_t* lower = texture.at((from + 1) % fall_period, pan);
        const int base = to_sample(water.luma());
        const auto contrast = static_cast<int>(swing);
        std::uint8_t* luma = canvas.luma.row(y);
        for (int x = 0; x < canvas_width; ++x) {
            const int streak = upper[x] + (((lower[x] - upper[x]) * source.part) >> 4);
            luma[x] = limited(base + ((streak * contrast) >> 7));
        }
        if (y % 2 != 0) continue;
        std::memset(canvas.u.row(y / 2), to_sample(water.u()), half_width);
        std::memset(canvas.v.row(y / 2), to_sample(water.v()), half_width);
    }
}

void Scenery::paint(Canvas canvas, std::int64_t frame) const {
    for (int y = 0; y < waterline; ++y)
        std::memcpy(canvas.luma.row(y), sky_luma_.data() + y * canvas_width, canvas_width);
    for (int y = 0; y < waterline / 2; ++y) {
        std::memcpy(canvas.u.row(y), sky_u_.data() + y * half_width, half_width);
        std::memcpy(canvas.v.row(y), sky_v_.data() + y * half_width, half_width);
    }
    Edge shore{};
    for (const Ridge& ridge : ridges_) {
        shore = edge(ridge, frame);
        paint_ridge(canvas, ridge, shore);
    }
    paint_pool(canvas, shore, frame);
    paint_fall(canvas, frame);
}

}  // namespace weir::worker

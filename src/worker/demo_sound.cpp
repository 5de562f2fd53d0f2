#include "worker/demo_sound.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace weir::worker {

namespace {

struct Voice {
    int frequency;  // whole Hz, so that all of them begin anew each second
    int breath;     // seconds from loud to loud
    float left;
    float right;
};
constexpr Voice chord[] = {
    {110, 11, 0.030F, 0.030F}, {165, 13, 0.022F, 0.028F}, {220, 17, 0.024F, 0.018F},
    {277, 19, 0.012F, 0.018F}, {330, 23, 0.014F, 0.010F},
};
constexpr double loudest_tone = 0.16;
constexpr double tone_seconds = 0.6;

double turns(std::int64_t numerator, std::int64_t denominator) {
    return static_cast<double>(numerator % denominator) / static_cast<double>(denominator);
}
float wave(double turn) { return static_cast<float>(std::sin(turn * 2 * std::numbers::pi)); }

// A bell: 880 Hz and a little of its octave, quick to come and slow to go.
float tone(double since_second) {
    if (since_second >= tone_seconds) return 0;
    const double rise = std::min(since_second / 0.004, 1.0);
    const double fall = std::exp(-6 * since_second) * (1 - since_second / tone_seconds);
    const float shape = wave(since_second * 880) + 0.25F * wave(since_second * 1760);
    return static_cast<float>(loudest_tone * rise * fall) * shape;
}

}  // namespace

void play(std::int64_t first, base::WallTime time, std::span<float> left, std::span<float> right) {
    const auto nanoseconds = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
    for (std::size_t i = 0; i < left.size(); ++i) {
        const std::int64_t n = first + static_cast<std::int64_t>(i);
        const double second = static_cast<double>(nanoseconds) / 1e9 + static_cast<double>(i) / sound_rate;
        const float bell = tone(second - std::floor(second));
        left[i] = bell;
        right[i] = bell;
        for (const Voice& voice : chord) {
            const float breath = 0.65F + 0.35F * wave(turns(n, std::int64_t{voice.breath} * sound_rate));
            const float sample = breath * wave(turns(n * voice.frequency, sound_rate));
            left[i] += voice.left * sample;
            right[i] += voice.right * sample;
        }
    }
}

}  // namespace weir::worker

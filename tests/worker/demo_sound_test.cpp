#include "worker/demo_sound.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace weir::worker {
namespace {

using namespace std::chrono_literals;

struct Sound {
    std::vector<float> left;
    std::vector<float> right;
};

constexpr base::WallTime noon{std::chrono::days(20'000) + 12h};

Sound heard(std::int64_t first, base::WallTime time, std::size_t samples) {
    Sound sound{std::vector<float>(samples), std::vector<float>(samples)};
    play(first, time, sound.left, sound.right);
    return sound;
}

double loudness(const std::vector<float>& samples) {
    double sum = 0;
    for (const float sample : samples) sum += sample * sample;
    return std::sqrt(sum / static_cast<double>(samples.size()));
}

TEST(DemoSound, TheToneBeginsWithTheSecondOfTheWallClock) {
    for (const auto of_second : {0ms, 400ms, 970ms}) {
        const Sound sound = heard(123'456, noon + of_second, sound_rate);
        const auto until = static_cast<std::size_t>((1000ms - of_second).count() * sound_rate / 1000 % sound_rate);
        const auto around = [&](std::size_t from) {
            std::vector<float> part;
            for (std::size_t i = 0; i < 2400; ++i) part.push_back(sound.left[(from + i) % sound_rate]);
            return loudness(part);
        };
        const double tone = around(until);
        EXPECT_GT(tone, 2 * around((until + sound_rate - 2400) % sound_rate)) << of_second.count();
    }
}

TEST(DemoSound, CutAnywhereItIsTheSameSound) {
    const Sound whole = heard(0, noon + 900ms, 9600);
    for (const std::size_t cut : {1U, 1024U, 4800U, 9599U}) {
        Sound parts{std::vector<float>(9600), std::vector<float>(9600)};
        const std::span left(parts.left);
        const std::span right(parts.right);
        play(0, noon + 900ms, left.first(cut), right.first(cut));
        const auto later = noon + 900ms + std::chrono::nanoseconds(cut * 1'000'000'000 / sound_rate);
        play(static_cast<std::int64_t>(cut), later, left.subspan(cut), right.subspan(cut));
        for (std::size_t i = 0; i < 9600; ++i) {
            ASSERT_NEAR(parts.left[i], whole.left[i], 1e-3) << cut << ' ' << i;
            ASSERT_NEAR(parts.right[i], whole.right[i], 1e-3) << cut << ' ' << i;
        }
    }
}

TEST(DemoSound, ItIsSoftAndNeverClicks) {
    const Sound sound = heard(17 * sound_rate, noon, 3 * sound_rate);
    for (std::size_t i = 0; i < sound.left.size(); ++i) {
        ASSERT_LT(std::abs(sound.left[i]), 0.5F);
        ASSERT_LT(std::abs(sound.right[i]), 0.5F);
        if (i > 0) ASSERT_LT(std::abs(sound.left[i] - sound.left[i - 1]), 0.05F) << i;
    }
    EXPECT_GT(loudness(sound.left), 0.01);
    EXPECT_NE(sound.left, sound.right);
}

}  // namespace
}  // namespace weir::worker

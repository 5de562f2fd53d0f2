#include "worker/demo_picture.hpp"

#include "worker/figures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace weir::worker {
namespace {

using namespace std::chrono_literals;

// A picture of one's own, with a frame of bytes around each plane that nobody may touch.
class Paper {
  public:
    explicit Paper(std::uint8_t before = 0) {
        for (auto& plane : planes_) plane.assign(static_cast<std::size_t>(stride) * (canvas_height + 2), before);
    }
    Canvas canvas() { return {plane(0), plane(1), plane(2)}; }
    Plane plane(std::size_t index) { return {planes_[index].data() + stride + border, stride}; }
    std::vector<std::uint8_t> shown() {
        std::vector<std::uint8_t> samples;
        for (std::size_t index = 0; index < 3; ++index) {
            const int shift = index == 0 ? 0 : 1;
            for (int y = 0; y < canvas_height >> shift; ++y)
                samples.insert(samples.end(), plane(index).row(y), plane(index).row(y) + (canvas_width >> shift));
        }
        return samples;
    }
    bool border_is(std::uint8_t value) {
        for (std::size_t index = 0; index < 3; ++index) {
            const int shift = index == 0 ? 0 : 1;
            for (int y = -1; y <= canvas_height >> shift; ++y) {
                const std::uint8_t* row = plane(index).row(y) - border;
                const bool outside = y < 0 || y == canvas_height >> shift;
                for (int x = 0; x < stride; ++x) {
                    const bool is_shown = !outside && x >= border && x < border + (canvas_width >> shift);
                    if (!is_shown && row[x] != value) return false;
                }
            }
        }
        return true;
    }

  private:
    static constexpr int border = 16;
    static constexpr int stride = canvas_width + 2 * border;
    std::array<std::vector<std::uint8_t>, 3> planes_;
};

const DemoPicture& picture() {
    static const DemoPicture picture;
    return picture;
}

base::WallTime at(std::chrono::nanoseconds of_day) { return base::WallTime(std::chrono::days(20'000) + of_day); }

TEST(DemoPicture, TheClockAndTheFrameNumberAreLegible) {
    struct Row {
        std::chrono::milliseconds time;
        std::int64_t frame;
        const char* clock;
        const char* count;
    };
    const Row rows[] = {
        {0ms, 0, "00:00:00.000", "00000000"},
        {1h + 23min + 45s + 678ms, 90'123'456, "01:23:45.678", "90123456"},
        {23h + 59min + 59s + 999ms, 78'901'234, "23:59:59.999", "78901234"},
        {14h + 8min + 27s + 36ms, 100'000'007, "14:08:27.036", "00000007"},
        {6h + 37min + 52s + 104ms, 5'555'555, "06:37:52.104", "05555555"},
    };
    for (const Row& row : rows) {
        Paper paper;
        picture().paint(paper.canvas(), row.frame, at(row.time));
        EXPECT_EQ(read_time(paper.plane(0), picture().clock()), row.clock);
        EXPECT_EQ(read_count(paper.plane(0), picture().clock()), row.count);
    }
}

TEST(DemoPicture, EverySampleIsPaintedAndNothingBesideThem) {
    for (const std::int64_t frame : {0, 1, 777, 1'000'003}) {
        Paper black(0);
        Paper white(255);
        picture().paint(black.canvas(), frame, at(10h));
        picture().paint(white.canvas(), frame, at(10h));
        EXPECT_TRUE(black.shown() == white.shown()) << frame;
        EXPECT_TRUE(black.border_is(0)) << frame;
        EXPECT_TRUE(white.border_is(255)) << frame;
    }
}

TEST(DemoPicture, WhatFloatsThroughMayBeCutOffAtEverySide) {
    for (std::int64_t frame = 0; frame < 2'000; frame += 61) {
        Paper paper(7);
        picture().paint(paper.canvas(), frame, at(10h));
        EXPECT_TRUE(paper.border_is(7)) << frame;
    }
}

// An encoder has something to do: a good part of the picture is other than it was, and most of it is not much so.
TEST(DemoPicture, ItMovesFromFrameToFrameAndAfterADay) {
    for (const std::int64_t frame : {0, 30 * 86'400}) {
        Paper one;
        Paper next;
        picture().paint(one.canvas(), frame, at(10h));
        picture().paint(next.canvas(), frame + 1, at(10h));
        const auto before = one.shown();
        const auto after = next.shown();
        std::size_t changed = 0;
        double difference = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            changed += before[i] != after[i] ? 1 : 0;
            difference += std::abs(before[i] - after[i]);
        }
        EXPECT_GT(changed, before.size() / 5);
        EXPECT_LT(difference / static_cast<double>(before.size()), 12);
    }
}

TEST(DemoPicture, TheDialLightsUpAsTheSecondBegins) {
    const auto dial = [](std::chrono::milliseconds of_second) {
        Paper paper;
        picture().paint(paper.canvas(), 5, at(10h + of_second));
        double sum = 0;
        for (int y = -30; y < 30; ++y)
            for (int x = -30; x < 30; ++x) sum += paper.plane(0).row(ClockFace::dial_y + y)[ClockFace::dial_x + x];
        return sum / 3600;
    };
    EXPECT_GT(dial(0ms), 225);
    EXPECT_GT(dial(99ms), 225);
    EXPECT_LT(dial(100ms), 150);
    EXPECT_LT(dial(999ms), 150);
}

}  // namespace
}  // namespace weir::worker

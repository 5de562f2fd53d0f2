#include "transcode/costs.hpp"

#include <gtest/gtest.h>

namespace weir::transcode {

namespace {

using format::CostModel;
using format::relay::RungSetup;

const CostModel costs{.decode = 0.002, .scale = 0.001, .audio = 0.05, .encode = {{"superfast", 0.008}, {"fast", 0.02}}};
constexpr SourceLoad source{.width = 1000, .height = 1000, .frame_rate = 50};

RungSetup rung(std::string preset, double frame_rate = 0) {
    RungSetup setup;
    setup.width = 1000;
    setup.height = 500;
    setup.preset = std::move(preset);
    setup.frame_rate = frame_rate;
    return setup;
}

TEST(Costs, ARungCostsItsPixelsAndItsRate) {
    EXPECT_DOUBLE_EQ(decode_cores(costs, source), 0.1);
    EXPECT_DOUBLE_EQ(rung_cores(costs, source, rung("fast")), 0.525);
    EXPECT_DOUBLE_EQ(rung_cores(costs, source, rung("fast", 25)), 0.2625);
    EXPECT_DOUBLE_EQ(rung_cores(costs, source, rung("fast", 100)), 0.525) << "frames are not made up";
    EXPECT_DOUBLE_EQ(decode_cores(costs, {.width = 1000, .height = 1000}), 0.06) << "30 where nobody knows";
    RungSetup sound;
    sound.kind = media::Kind::audio;
    EXPECT_DOUBLE_EQ(rung_cores(costs, source, sound), 0.05);
}

TEST(Costs, APresetThatWasNotMeasuredIsJudgedByItsNeighbours) {
    double last = 0;
    for (const std::string_view preset : presets()) {
        const double cores = rung_cores(costs, source, rung(std::string(preset)));
        EXPECT_GT(cores, last) << preset << " is slower than the one before";
        last = cores;
    }
    EXPECT_GT(rung_cores({.encode = {}}, source, rung("veryfast")), 0);
    EXPECT_GT(rung_cores(costs, source, rung("nonsense")), 0);
}

TEST(Costs, TheHighestGoFirstAndNoMoreThanMust) {
    const double rungs[] = {0.8, 0.4, 0.2};
    struct Row {
        double free;
        std::size_t gone;
    };
    const Row rows[] = {{2.0, 0}, {1.5, 0}, {1.49, 1}, {0.7, 1}, {0.69, 2}, {0.3, 2}, {0.29, 3}, {0, 3}};
    for (const Row& row : rows) EXPECT_EQ(too_many(0.1, rungs, row.free + 1e-9), row.gone) << row.free;
}

TEST(Costs, ASecondStreamSeesWhatTheFirstLeft) {
    Carried carried(2);
    EXPECT_DOUBLE_EQ(carried.free(), 1.7);
    {
        const Carried::Share first = carried.take(1.2);
        EXPECT_DOUBLE_EQ(carried.free(), 0.5);
        Carried::Share second = carried.take(1);
        EXPECT_DOUBLE_EQ(carried.free(), 0) << "never less than nothing";
        const Carried::Share moved = std::move(second);
        EXPECT_DOUBLE_EQ(carried.free(), 0);
    }
    EXPECT_DOUBLE_EQ(carried.free(), 1.7) << "what a stream was promised comes back when it goes";
}

}  // namespace

}  // namespace weir::transcode

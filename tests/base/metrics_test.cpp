#include "base/metrics.hpp"
#include "base/exposition.hpp"
#include "base/metrics_writer.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace weir::base {
namespace {

using namespace std::chrono_literals;

enum class Fault : std::uint8_t { gap, backward, drift };
std::string_view name(Fault fault) { return std::array{"gap", "backward", "drift"}[static_cast<std::size_t>(fault)]; }

struct InputStats {
    Counter frames;
    CountersBy<Fault, Fault::drift> faults{"kind"};

    void fields(this auto& self, auto&& visit) {
        visit("frames", self.frames, "Frames received.");
        visit("timestamp_faults", self.faults, "Timestamps that were mended.");
    }
};

struct StreamStats {
    InputStats input;
    Gauge viewers;
    Histogram first_frame;
    double speed = 1.9;
    Duration uptime = 351s + 200ms;
    std::uint32_t restarts = 0;
    Total jumps{2};

    void fields(this auto& self, auto&& visit) {
        visit("input", self.input);
        visit("viewers", self.viewers, "Viewers\nnow.");
        visit("first_frame", self.first_frame, "From connect to the first frame.");
        visit("speed", self.speed, "Of the encoder; 1 is real time.");
        visit("uptime", self.uptime, "Since the start.");
        visit("restarts", self.restarts, "Of the worker.");
        visit("jumps", self.jumps, "Viewers that fell behind.");
    }
};

TEST(MetricsWriter, ManyStreamsShareAFamily) {
    StreamStats demo;
    StreamStats gate;
    demo.input.frames.add(10'530);
    demo.input.faults[Fault::backward].add();
    demo.viewers.set(12);
    demo.first_frame.observe(1ms);
    demo.first_frame.observe(3ms);
    demo.first_frame.observe(1min);
    gate.input.frames.add();
    gate.viewers.add(2);
    gate.viewers.subtract(3);

    MetricsWriter writer;
    writer.add(demo, "stream", {{"stream", "live/demo"}, {"rung", "source"}});
    writer.add(gate, "stream", {{"stream", "live/gate"}, {"rung", "source"}});
    writer.add_value("streams", std::uint64_t{2}, "Streams now.");
    const Exposition page = parse_exposition(writer.text());

    const std::map<std::string, std::string> of_demo{{"stream", "live/demo"}, {"rung", "source"}};
    const std::map<std::string, std::string> of_gate{{"stream", "live/gate"}, {"rung", "source"}};
    EXPECT_EQ(page.value("weir_stream_input_frames_total", of_demo), 10'530);
    EXPECT_EQ(page.value("weir_stream_input_frames_total", of_gate), 1);
    EXPECT_EQ(page.value("weir_stream_viewers", of_gate), -1);
    EXPECT_EQ(page.value("weir_stream_speed", of_demo), 1.9);
    EXPECT_EQ(page.value("weir_stream_uptime_seconds", of_demo), 351.2);
    EXPECT_EQ(page.value("weir_stream_jumps_total", of_demo), 2);
    EXPECT_EQ(page.value("weir_streams"), 2);
    EXPECT_EQ(page.value("weir_stream_input_timestamp_faults_total",
                         {{"stream", "live/demo"}, {"rung", "source"}, {"kind", "backward"}}),
              1);
    EXPECT_EQ(page.find("weir_stream_input_frames_total")->samples.size(), 2U);
    EXPECT_EQ(page.find("weir_stream_input_frames_total")->help, "Frames received.");
    EXPECT_EQ(page.find("weir_stream_viewers")->help, "Viewers\\nnow.");
    EXPECT_EQ(page.value("weir_stream_first_frame_seconds_count", of_demo), 3);
    EXPECT_NEAR(page.value("weir_stream_first_frame_seconds_sum", of_demo), 60.004, 1e-9);
    EXPECT_EQ(page.value("weir_stream_first_frame_seconds_bucket",
                         {{"stream", "live/demo"}, {"rung", "source"}, {"le", "0.001"}}),
              1);
    EXPECT_EQ(page.value("weir_stream_first_frame_seconds_bucket",
                         {{"stream", "live/demo"}, {"rung", "source"}, {"le", "10"}}),
              2);
}

TEST(MetricsWriter, AFamilyIsExactlyTheseLines) {
    InputStats stats;
    stats.frames.add(7);
    MetricsWriter writer;
    writer.add(stats, "input");
    EXPECT_EQ(writer.text(),
              "# HELP weir_input_frames_total Frames received.\n"
              "# TYPE weir_input_frames_total counter\n"
              "weir_input_frames_total 7\n"
              "# HELP weir_input_timestamp_faults_total Timestamps that were mended.\n"
              "# TYPE weir_input_timestamp_faults_total counter\n"
              "weir_input_timestamp_faults_total{kind=\"gap\"} 0\n"
              "weir_input_timestamp_faults_total{kind=\"backward\"} 0\n"
              "weir_input_timestamp_faults_total{kind=\"drift\"} 0\n");
}

TEST(MetricsWriter, ALabelCannotBreakThePage) {
    const std::string evil = "x\"} 1\nweir_forged 1\\\xFF";
    MetricsWriter writer;
    writer.add_value("clients", 1U, "By what they say they are.", {{"client", evil}});
    const Exposition page = parse_exposition(writer.text());
    EXPECT_EQ(page.families.size(), 1U);
    EXPECT_EQ(page.value("weir_clients", {{"client", "x\"} 1\nweir_forged 1\\\uFFFD"}}), 1);
}

/// A second visitor of the same fields, as the API has one: nothing is listed twice.
struct JsonLike {
    std::string out;

    void operator()(std::string_view key, const auto& value, std::string_view = {}) {
        out += (out.empty() || out.ends_with('{') ? "" : ",") + std::string(key) + ":";
        using Value = std::decay_t<decltype(value)>;
        if constexpr (HasFields<Value>) {
            out += '{';
            value.fields(*this);
            out += '}';
        } else if constexpr (requires { value.snapshot(); }) {
            out += std::to_string(value.snapshot().quantile(0.5).count());
        } else if constexpr (requires { value.each([](auto, auto&) {}); }) {
            value.each([&](std::string_view each, const Counter& counter) {
                out += std::string(each) + "=" + std::to_string(counter.value()) + ";";
            });
        } else if constexpr (requires { value.value(); }) {
            out += std::to_string(value.value());
        } else {
            out += "?";
        }
    }
};

TEST(Metrics, TheSameFieldsFeedAnyOtherWriter) {
    const StreamStats stats;
    JsonLike json;
    stats.fields(json);
    EXPECT_EQ(json.out,
              "input:{frames:0,timestamp_faults:gap=0;backward=0;drift=0;},viewers:0,first_frame:0,speed:?,"
              "uptime:?,restarts:?,jumps:?");
}

TEST(Metrics, NoCountIsLostBetweenThreads) {
    InputStats stats;
    Histogram histogram;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 10'000; ++k) {
                    stats.frames.add();
                    stats.faults[Fault::gap].add(2);
                    histogram.observe(1ms);
                }
            });
        }
    }
    EXPECT_EQ(stats.frames.value(), 40'000U);
    EXPECT_EQ(stats.faults.total(), 80'000U);
    EXPECT_EQ(histogram.snapshot().count, 40'000U);
    EXPECT_EQ(histogram.snapshot().sum, 40s);
}

TEST(Histogram, QuantilesAreWhatTheObservationsSay) {
    Histogram histogram;
    EXPECT_EQ(histogram.snapshot().quantile(0.99), 0ns) << "nothing was observed";
    for (int i = 1; i <= 100; ++i) {
        histogram.observe(i * 1ms);
    }
    const auto taken = histogram.snapshot();
    EXPECT_NEAR(static_cast<double>(taken.quantile(0.5).count()), 50e6, 1e6);
    EXPECT_NEAR(static_cast<double>(taken.quantile(0.95).count()), 95e6, 1e6);
    EXPECT_NEAR(static_cast<double>(taken.quantile(0.99).count()), 99e6, 1e6);
    EXPECT_EQ(taken.quantile(1), 100ms);
    EXPECT_EQ(taken.quantile(7), 100ms);
}

TEST(Histogram, WhatLiesBeyondTheLastBoundIsCountedThere) {
    static constexpr std::array<Duration, 2> bounds{1ms, 2ms};
    Histogram histogram{bounds};
    histogram.observe(-1ms);
    histogram.observe(1ms);
    histogram.observe(2ms);
    histogram.observe(5ms);
    const auto taken = histogram.snapshot();
    EXPECT_EQ(taken.buckets[0], 2U);
    EXPECT_EQ(taken.buckets[1], 1U);
    EXPECT_EQ(taken.buckets[2], 1U);
    EXPECT_EQ(taken.quantile(0.99), 2ms);
}

}  // namespace
}  // namespace weir::base

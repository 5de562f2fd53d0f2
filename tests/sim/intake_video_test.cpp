#include <gtest/gtest.h>

#include <ostream>

#include "sim/source.hpp"

namespace weir::stream::test {
namespace {

struct Rate {
    std::int64_t frames;
    std::int64_t seconds;
    friend std::ostream& operator<<(std::ostream& out, const Rate& one) {
        return out << one.frames << "_in_" << one.seconds;
    }
};

class ConstantRate : public testing::TestWithParam<Rate> {};

TEST_P(ConstantRate, stamped_in_milliseconds_is_exact_again) {
    const Rate rate = GetParam();
    const Ticks period = Ticks::from(rate.seconds, rate.frames);
    for (const bool announced : {false, true})
        for (const int reorder : {0, 2}) {
            Source source({.frames = rate.frames,
                           .seconds = rate.seconds,
                           .sample_rate = 0,
                           .announces_frame_rate = announced,
                           .reorder = reorder});
            source.announce();
            source.send(600'000);
            EXPECT_EQ(broken_promise(source.shipped), "");
            // At first 30 and 30000/1001 look alike; once enough was seen, every step is one frame, to the tick.
            const std::size_t learned = 120;
            ASSERT_GT(source.shipped.size(), learned * 2);
            for (std::size_t i = learned; i < source.shipped.size(); ++i) {
                const Shipped& one = source.shipped[i];
                ASSERT_EQ(one.dts - source.shipped[i - 1].dts, period) << "at frame " << i;
                ASSERT_EQ(one.duration, period);
                ASSERT_EQ((one.pts - one.dts).count() % period.count(), 0) << "at frame " << i;
            }
            const Shipped& last = source.shipped.back();
            EXPECT_NEAR((last.dts - last.truth).to_seconds(), WireTime::origin.to_seconds(), 0.002)
                << "and it is where it belongs";
        }
}

INSTANTIATE_TEST_SUITE_P(, ConstantRate,
                         testing::Values(Rate{24, 1}, Rate{25, 1}, Rate{30, 1}, Rate{50, 1}, Rate{60, 1},
                                         Rate{24000, 1001}, Rate{30000, 1001}, Rate{60000, 1001}, Rate{15, 1},
                                         Rate{120, 1}),
                         testing::PrintToStringParamName());

TEST(FrameRate, a_rate_that_only_the_source_knows_is_taken_from_its_announcement) {
    Source source({.frames = 27, .seconds = 1, .sample_rate = 0, .announces_frame_rate = true});
    source.announce();
    source.send(60'000);
    const Ticks period = Ticks::from(1, 27);
    for (std::size_t i = 40; i < source.shipped.size(); ++i)
        ASSERT_NEAR(static_cast<double>((source.shipped[i].dts - source.shipped[i - 1].dts).count()),
                    static_cast<double>(period.count()), 1);
}

TEST(FrameRate, survives_pictures_that_the_encoder_left_out) {
    Source source({.sample_rate = 0});
    source.lost = [](std::uint32_t, double truth) {
        return truth > 5'000 && static_cast<std::int64_t>(truth) % 700 < 30;
    };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    const Ticks period = Ticks::from(1, 30);
    for (std::size_t i = 40; i < source.shipped.size(); ++i)
        ASSERT_EQ((source.shipped[i].dts - source.shipped[i - 1].dts).count() % period.count(), 0) << i;
}

TEST(VariableRate, is_left_alone) {
    Source source({.sample_rate = 0});
    source.stamp = [](std::uint32_t, double truth) { return truth + 9 * std::sin(truth * truth); };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    for (std::size_t i = 0; i < source.shipped.size(); ++i) {
        const Ticks wire = source.shipped[i].dts - WireTime::origin;
        ASSERT_EQ(wire.count() % ms(1).count(), 0) << "as it was stamped, to the millisecond";
    }
}

TEST(VariableRate, is_noticed_when_a_constant_one_ends_and_constant_again_when_it_returns) {
    Source source({.sample_rate = 0});
    source.stamp = [](std::uint32_t, double truth) {
        return truth > 20'000 && truth < 40'000 ? truth + 9 * std::sin(truth * truth) : truth;
    };
    source.announce();
    source.send(60'000);
    EXPECT_EQ(broken_promise(source.shipped), "");
    for (const Shipped& one : source.shipped)
        EXPECT_NEAR((one.dts - one.truth).to_seconds(), WireTime::origin.to_seconds(), 0.011);
    const Ticks period = Ticks::from(1, 30);
    for (std::size_t i = source.shipped.size() - 450; i < source.shipped.size(); ++i)
        ASSERT_EQ(source.shipped[i].dts - source.shipped[i - 1].dts, period);
}

}  // namespace
}  // namespace weir::stream::test

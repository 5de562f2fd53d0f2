#include "transcode/overload.hpp"

#include <gtest/gtest.h>

namespace weir::transcode {

namespace {

using std::chrono::seconds;
namespace relay = format::relay;

/// A machine that reports once a second.
class Machine {
  public:
    explicit Machine(std::size_t pictures) : overload_(rungs(pictures), {}) { report_.rungs.resize(pictures); }

    /// The first change that is asked for within `at_most`; its time, or nothing.
    std::optional<Switch> run(base::Duration at_most) {
        for (const base::Instant end = now + at_most; now < end;) {
            now += seconds(1);
            report_.frames += frames;
            report_.dropped += drops;
            report_.lag = lag;
            for (relay::RungReport& rung : report_.rungs) rung.speed = speed;
            if (auto change = overload_.receive(report_, now)) return change;
        }
        return std::nullopt;
    }

    std::uint32_t lag = 0;
    std::uint64_t drops = 0;
    std::uint64_t frames = 0;
    std::uint32_t speed = 0;
    base::Instant now{seconds(1000)};

  private:
    static std::vector<relay::RungSetup> rungs(std::size_t count) { return std::vector<relay::RungSetup>(count); }
    Overload overload_;
    relay::Report report_;
};

TEST(Overload, OneBadSecondIsNotAnOverload) {
    Machine machine(2);
    machine.drops = 5;
    EXPECT_FALSE(machine.run(seconds(2)));
    machine.drops = 0;
    EXPECT_FALSE(machine.run(seconds(60)));
}

TEST(Overload, DropsAndLagBothCountAndTheHighestGoesFirst) {
    for (const bool is_lag : {true, false}) {
        Machine machine(2);
        machine.lag = is_lag ? 600 : 0;
        machine.drops = is_lag ? 0 : 1;
        const auto first = machine.run(seconds(5));
        ASSERT_TRUE(first);
        EXPECT_EQ(first->rung, 0U);
        EXPECT_FALSE(first->on);
        EXPECT_FALSE(machine.run(seconds(60))) << "the lowest stays: whoever can play nothing else has it";
    }
}

TEST(Overload, AFrameNowAndThenIsLessThanARung) {
    Machine machine(2);
    machine.frames = 30;
    machine.drops = 1;
    EXPECT_FALSE(machine.run(seconds(60)));
    machine.drops = 2;
    EXPECT_TRUE(machine.run(seconds(5)));
}

TEST(Overload, TheLowestComesBackFirst) {
    Machine machine(3);
    machine.lag = 600;
    ASSERT_TRUE(machine.run(seconds(5)));
    ASSERT_TRUE(machine.run(seconds(10)));
    machine.lag = 0;
    const auto first = machine.run(seconds(60));
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->on);
    EXPECT_EQ(first->rung, 1U);
    const auto second = machine.run(seconds(60));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->rung, 0U);
}

TEST(Overload, ARungThatCannotBeCarriedIsTriedMoreAndMoreSeldom) {
    Machine machine(2);
    base::Duration last{};
    for (int i = 0; i < 9; ++i) {
        machine.lag = 600;
        ASSERT_TRUE(machine.run(seconds(10)));
        const base::Instant shed = machine.now;
        machine.lag = 0;
        ASSERT_TRUE(machine.run(seconds(400)));
        const base::Duration away = machine.now - shed;
        EXPECT_GE(away, last);
        if (i == 0) EXPECT_LE(away, seconds(11));
        EXPECT_LE(away, seconds(301));
        last = away;
    }
    EXPECT_GE(last, seconds(300));
    EXPECT_FALSE(machine.run(seconds(100))) << "all is well";
    machine.lag = 600;
    ASSERT_TRUE(machine.run(seconds(10)));
    machine.lag = 0;
    const base::Instant shed = machine.now;
    ASSERT_TRUE(machine.run(seconds(400)));
    EXPECT_LE(machine.now - shed, seconds(11)) << "what was long ago is forgiven";
}

TEST(Overload, AMachineThatJustManagesHasNoRoomForMore) {
    Machine machine(2);
    machine.lag = 600;
    ASSERT_TRUE(machine.run(seconds(5)));
    machine.lag = 0;
    machine.speed = 1100;
    EXPECT_FALSE(machine.run(seconds(300)));
    machine.speed = 1900;
    EXPECT_TRUE(machine.run(seconds(2)));
}

}  // namespace

}  // namespace weir::transcode

#include "stream/wire_time.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

constexpr WireClock rtmp{1000, 32};
constexpr WireClock mpegts{90'000, 33};

TEST(WireTime, a_hundred_days_of_milliseconds_wrap_twice_and_are_a_hundred_days) {
    WireTime wire;
    std::uint64_t wraps = 0;
    Ticks last;
    const std::int64_t end = std::int64_t{100} * 86'400'000;
    for (std::int64_t t = 0; t < end; t += 2500) {
        const WireTime::Reading reading = wire.read(1, rtmp, static_cast<std::uint64_t>(t) & 0xffffffffU, {});
        ASSERT_EQ(reading.fault, WireTime::Fault::none);
        ASSERT_EQ(reading.time, WireTime::origin + ms(t));
        wraps += reading.wrapped;
        last = reading.time;
    }
    EXPECT_EQ(wraps, 2U);
}

TEST(WireTime, the_33_bits_of_a_transport_stream_wrap_after_26_hours) {
    WireTime wire;
    const std::uint64_t turn = std::uint64_t{1} << 33;
    const std::uint64_t start = turn - 90'000;
    for (std::uint64_t t = 0; t < 300'000; t += 3000) {
        const WireTime::Reading reading = wire.read(1, mpegts, (start + t) % turn, {});
        ASSERT_EQ(reading.time, WireTime::origin + Ticks::from(static_cast<std::int64_t>(t), 90'000));
    }
}

TEST(WireTime, tracks_with_clocks_of_their_own_start_when_they_come) {
    WireTime wire;
    EXPECT_EQ(wire.read(1, {90'000, 32}, 4'000'000'000, ms(40)).time, WireTime::origin);
    EXPECT_EQ(wire.read(1, {90'000, 32}, 4'000'003'600, ms(40)).time, WireTime::origin + ms(40));
    EXPECT_EQ(wire.read(2, {48'000, 32}, 77, ms(20)).time, WireTime::origin + ms(80));
    EXPECT_EQ(wire.read(2, {48'000, 32}, 77 + 960, ms(20)).time, WireTime::origin + ms(100));
}

TEST(WireTime, leaps_to_anywhere_never_make_it_negative_or_overflow) {
    WireTime wire;
    const WireClock slow{1, 48};
    std::uint64_t t = 0;
    Ticks last;
    for (int i = 0; i < 10'000; ++i) {
        t = t * 6364136223846793005U + 1442695040888963407U;
        const Ticks time = wire.read(static_cast<std::uint32_t>(i % 3), slow, t >> 10, {}).time;
        ASSERT_GE(time, Ticks());
        ASSERT_LE(time - last, ms(60'000));
        last = time;
    }
}

}  // namespace
}  // namespace weir::stream::test

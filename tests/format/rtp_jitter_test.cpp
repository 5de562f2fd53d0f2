#include "format/rtp_jitter.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// A buffer, and what has come out of it: sequence numbers, a bang before those behind a gap.
struct Bench {
    /// It has begun with the packet before `first`.
    explicit Bench(std::uint16_t first = 1, const JitterLimits& limits = {.delay = 100ms}) : buffer(limits) {
        receive(static_cast<std::uint16_t>(first - 1), -1s);
        buffer.tick(base::Instant(0ms));
        EXPECT_THAT(take(), ElementsAre(std::to_string(static_cast<std::uint16_t>(first - 1))));
    }

    void receive(std::uint16_t sequence, base::Duration at, std::size_t size = 10) {
        buffer.receive({{false, 96, sequence, 0, 7}, base::Bytes::copy_of(std::string(size, 'x'))}, base::Instant(at));
    }
    std::vector<std::string> take() {
        std::vector<std::string> texts;
        while (const auto ordered = buffer.next())
            texts.push_back((ordered->gap ? "!" : "") + std::to_string(ordered->packet.header.sequence));
        return texts;
    }

    JitterBuffer buffer;
};

}  // namespace

TEST(RtpJitter, PacketsInOrderWaitForNothing) {
    Bench bench(65'534);
    for (const int sequence : {65'534, 65'535, 0, 1}) {
        bench.receive(static_cast<std::uint16_t>(sequence), 0ms);
        EXPECT_THAT(bench.take(), ElementsAre(std::to_string(sequence)));
    }
    EXPECT_EQ(bench.buffer.deadline(), base::Instant::max());
    EXPECT_EQ(bench.buffer.highest(), 65'537U);
}

TEST(RtpJitter, TheFirstPacketsWaitForWhatWasSentBeforeThem) {
    JitterBuffer buffer({.delay = 100ms});
    for (const std::uint16_t sequence : {2, 0, 1, 65'535})
        buffer.receive({{false, 96, sequence, 0, 7}, {}}, base::Instant(1s));
    EXPECT_FALSE(buffer.next().has_value());
    EXPECT_EQ(buffer.deadline(), base::Instant(1100ms));
    buffer.tick(base::Instant(1100ms));
    for (const std::uint16_t sequence : {65'535, 0, 1, 2}) {
        const auto ordered = buffer.next();
        ASSERT_TRUE(ordered.has_value());
        EXPECT_EQ(ordered->packet.header.sequence, sequence);
        EXPECT_FALSE(ordered->gap);
    }
    EXPECT_EQ(buffer.counts().lost + buffer.counts().reordered, 0U);
}

TEST(RtpJitter, PacketsThatChangedPlacesAreBroughtBack) {
    Bench bench(65'534);
    for (const std::uint16_t sequence : {65'534, 1, 0, 65'535}) bench.receive(sequence, 0ms);
    EXPECT_THAT(bench.take(), ElementsAre("65534", "65535", "0", "1"));
    EXPECT_EQ(bench.buffer.counts().reordered, 2U);
    EXPECT_EQ(bench.buffer.counts().lost, 0U);
}

TEST(RtpJitter, APacketWithAWrongNumberCostsNoOther) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(64, 20ms);  // it was the second
    for (std::uint16_t i = 3; i < 12; ++i) bench.receive(i, i * 20ms);
    bench.buffer.tick(base::Instant(1s));
    EXPECT_THAT(bench.take(), ElementsAre("1", "!3", "4", "5", "6", "7", "8", "9", "10", "11"));
    EXPECT_EQ(bench.buffer.counts().lost, 1U);
    EXPECT_EQ(bench.buffer.counts().late, 1U);
    EXPECT_EQ(bench.buffer.deadline(), base::Instant::max());
    for (std::uint16_t i = 12; i < 70; ++i) bench.receive(i, i * 20ms);
    EXPECT_EQ(bench.take().size(), 58U) << "its number is free again";
}

TEST(RtpJitter, WhatIsMissingIsWaitedForAsLongAsAgreedAndNoLonger) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(3, 10ms);
    bench.receive(4, 50ms);
    EXPECT_THAT(bench.take(), ElementsAre("1"));
    EXPECT_EQ(bench.buffer.deadline(), base::Instant(110ms));
    bench.buffer.tick(base::Instant(109ms));
    EXPECT_THAT(bench.take(), IsEmpty());
    bench.buffer.tick(base::Instant(110ms));
    EXPECT_THAT(bench.take(), ElementsAre("!3", "4"));
    EXPECT_EQ(bench.buffer.counts().lost, 1U);
    bench.receive(2, 111ms);
    EXPECT_THAT(bench.take(), IsEmpty());
    EXPECT_EQ(bench.buffer.counts().late, 1U);
    bench.receive(5, 111ms);
    EXPECT_THAT(bench.take(), ElementsAre("5"));
}

TEST(RtpJitter, NoPacketWaitsLongerThanAgreedHoweverManyHolesAreBeforeIt) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(5, 10ms);
    bench.receive(3, 60ms);
    bench.buffer.tick(base::Instant(110ms));
    EXPECT_THAT(bench.take(), ElementsAre("1", "!3", "!5"));
    EXPECT_EQ(bench.buffer.counts().lost, 2U);
    EXPECT_EQ(bench.buffer.deadline(), base::Instant::max());
}

TEST(RtpJitter, TheArrivalOfTheNextPacketIsEnoughToSeeThatTimeIsUp) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(3, 10ms);
    bench.receive(6, 200ms);
    EXPECT_THAT(bench.take(), ElementsAre("1", "!3"));
}

TEST(RtpJitter, CopiesAreLeftOut) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(1, 0ms);
    bench.receive(3, 0ms);
    bench.receive(3, 0ms);
    bench.receive(2, 0ms);
    EXPECT_THAT(bench.take(), ElementsAre("1", "2", "3"));
    EXPECT_EQ(bench.buffer.counts().late, 2U);
    EXPECT_EQ(bench.buffer.counts().received, 4U);
}

TEST(RtpJitter, OverATransportThatKeepsOrderNothingWaits) {
    Bench bench(1, {.delay = 0ms});
    bench.receive(1, 0ms);
    bench.receive(3, 0ms);
    EXPECT_THAT(bench.take(), ElementsAre("1", "!3"));
}

TEST(RtpJitter, PacketsAndBytesThatWaitAreBounded) {
    Bench by_count(1, {.delay = 100ms, .packets = 3});
    for (const std::uint16_t sequence : {1, 3, 5, 7, 9}) by_count.receive(sequence, 0ms);
    EXPECT_THAT(by_count.take(), ElementsAre("1", "!3"));
    Bench by_bytes(1, {.delay = 100ms, .bytes = base::ByteCount(100)});
    for (const std::uint16_t sequence : {1, 3, 5}) by_bytes.receive(sequence, 0ms, 60);
    EXPECT_THAT(by_bytes.take(), ElementsAre("1", "!3"));
}

TEST(RtpJitter, ASourceThatCountsAnewIsFollowedFromItsFirstPacket) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(40'000, 0ms);
    EXPECT_THAT(bench.take(), ElementsAre("1"));
    bench.receive(40'001, 0ms);
    EXPECT_THAT(bench.take(), ElementsAre("!40000", "40001"));
    EXPECT_EQ(bench.buffer.counts().restarts, 1U);
    EXPECT_GT(bench.buffer.highest(), 65'536U) << "reports never go back";
}

TEST(RtpJitter, AStrayPacketIsNoNewCount) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(40'000, 0ms);
    bench.receive(2, 0ms);
    bench.receive(40'001, 0ms);
    bench.receive(3, 0ms);
    EXPECT_THAT(bench.take(), ElementsAre("1", "2", "3"));
}

TEST(RtpJitter, AtTheEndNothingIsHeldBack) {
    Bench bench;
    bench.receive(1, 0ms);
    bench.receive(3, 0ms);
    bench.buffer.end();
    EXPECT_THAT(bench.take(), ElementsAre("1", "!3"));
    bench.receive(500, 1ms);
    bench.receive(501, 1ms);
    EXPECT_THAT(bench.take(), IsEmpty());
    bench.buffer.tick(base::Instant(101ms));
    EXPECT_THAT(bench.take(), ElementsAre("!500", "501")) << "another source";
    EXPECT_EQ(bench.buffer.counts().lost, 1U);
}

}  // namespace weir::format::rtp

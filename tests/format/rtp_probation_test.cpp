#include "format/rtp_probation.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace weir::format::rtp {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Packets of a clock of 1000 units a second: "timestamp", with a bang behind a gap. The source's pace is known: 20 ms.
struct Bench {
    Bench() {
        for (std::uint32_t i = 0; i < 40; ++i) receive(i * 20, 20ms * i);
        take();
    }
    void receive(std::uint32_t stamp, base::Duration at, bool gap = false) {
        probation.receive({.packet = {{false, 96, 0, stamp, 7}, {}}, .gap = gap, .arrived = base::Instant(at)});
    }
    std::vector<std::string> take() {
        std::vector<std::string> texts;
        while (const auto packet = probation.next())
            texts.push_back((packet->gap ? "!" : "") + std::to_string(packet->packet.header.timestamp));
        return texts;
    }

    Probation probation{1000};
};

}  // namespace

TEST(RtpProbation, ATimestampThatIsFarOffIsNotBelievedUnlessTheNextAgrees) {
    for (const std::uint32_t wrong : {800U + 64, 800U - 64, 800U + 4096, 800U ^ 0x80000000U}) {
        Bench bench;
        bench.receive(wrong, 800ms);
        EXPECT_THAT(bench.take(), IsEmpty()) << wrong;
        bench.receive(820, 820ms);
        EXPECT_THAT(bench.take(), ElementsAre("!820")) << wrong;
        EXPECT_EQ(bench.probation.refused(), 1U);
    }
}

TEST(RtpProbation, ASourceThatCountsAnewLosesNothing) {
    Bench bench;
    bench.receive(500'000, 800ms);
    bench.receive(500'020, 820ms);
    EXPECT_THAT(bench.take(), ElementsAre("500000", "500020"));
    bench.receive(500'040, 840ms);
    EXPECT_THAT(bench.take(), ElementsAre("500040"));
    bench.receive(100, 860ms);  // and back
    bench.receive(120, 880ms);
    EXPECT_THAT(bench.take(), ElementsAre("100", "120"));
    EXPECT_EQ(bench.probation.refused(), 0U);
}

TEST(RtpProbation, APauseOfTheSourceIsNoJump) {
    Bench bench;
    bench.receive(800 + 5000, 800ms + 5s, true);
    EXPECT_THAT(bench.take(), ElementsAre("!5800")) << "as much time passed";
    bench.receive(5820, 20s);
    EXPECT_THAT(bench.take(), ElementsAre("5820")) << "its clock stood still";
    bench.receive(5860, 20s);
    EXPECT_THAT(bench.take(), ElementsAre("5860")) << "one packet is missing";
}

TEST(RtpProbation, PicturesMayChangePlacesAndComeInPieces) {
    Bench bench;
    std::vector<std::string> sent;
    for (const std::uint32_t stamp : {900U, 900U, 900U, 840U, 820U, 860U, 860U, 880U, 980U, 940U, 920U, 960U}) {
        bench.receive(stamp, 1s);
        sent.push_back(std::to_string(stamp));
    }
    EXPECT_EQ(bench.take(), sent);
}

TEST(RtpProbation, TwoInARowThatAgreeWithNobodyAreRefused) {
    Bench bench;
    bench.receive(70'000, 800ms);
    bench.receive(3'000'000, 810ms);
    bench.receive(820, 820ms);
    EXPECT_THAT(bench.take(), ElementsAre("!820"));
    EXPECT_EQ(bench.probation.refused(), 2U);
}

TEST(RtpProbation, AnotherSourceBeginsWhereItLikes) {
    Bench bench;
    bench.receive(70'000, 800ms);
    bench.probation.restart();
    bench.receive(123, 820ms);
    EXPECT_THAT(bench.take(), ElementsAre("123"));
}

}  // namespace weir::format::rtp

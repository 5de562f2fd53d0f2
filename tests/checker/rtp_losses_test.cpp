// What a network does to datagrams of RTP, as the strict checker sees it: some are damaged, lost, sent twice or late for seconds, again
// and again. What comes of it are gaps and seams, which players know; never sound that is off from the picture, or time that does not
// add up.
#include "checker/rtp_sender.hpp"
#include "checker/station.hpp"

#include <random>

namespace weir::checker::test {
namespace {

struct HarmCase {
    const char* name;
    RtpSender::Harm harm;
    friend std::ostream& operator<<(std::ostream& out, const HarmCase& one) { return out << one.name; }
};
class RtpLosses : public testing::TestWithParam<HarmCase> {};

/// What was planned may be lost, what is left of a part is shown before its time, and damage may make a picture a keyframe.
const std::set tolerated{Rule::hint_kept, Rule::independent_segments, Rule::date_future, Rule::date_differs,
                         Rule::independent};

TEST_P(RtpLosses, APlayerFindsNothingAmiss) {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        std::mt19937 random(seed);
        const auto some = [&] { return std::chrono::milliseconds(std::uniform_int_distribution(500, 6000)(random)); };
        Station station(short_window(), tolerated);
        auto sender = std::make_unique<RtpSender>(seed, station.now().instant);
        RtpSender& network = *sender;
        station.publish_with(std::move(sender));
        while (station.elapsed() < 60s && !station.checker.broken()) {
            station.run(some());
            ASSERT_TRUE(station.is_published());
            network.harm(GetParam().harm, station.now().instant + some());
            station.run(some());
        }
        const auto& broken = station.checker.broken();
        EXPECT_FALSE(broken.has_value()) << "with seed " << seed << ": " << print(*broken);
        EXPECT_GT(station.checker.seen().segments, 20U);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, RtpLosses,
                         testing::Values(HarmCase{"flipped", RtpSender::Harm::flipped},
                                         HarmCase{"dropped", RtpSender::Harm::dropped},
                                         HarmCase{"repeated", RtpSender::Harm::repeated},
                                         HarmCase{"reordered", RtpSender::Harm::reordered}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::checker::test

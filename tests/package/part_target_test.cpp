#include "package/part_target.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace weir::package {
namespace {

using media::Ticks;

struct TargetCase {
    const char* name;
    Ticks longest;
    Ticks frame;
    Ticks sound;
    Ticks target;
    friend std::ostream& operator<<(std::ostream& out, const TargetCase& one) { return out << one.name; }
};
class PartTarget : public testing::TestWithParam<TargetCase> {};

const Ticks half = Ticks::milliseconds(500);
const Ticks aac = Ticks::from(1024, 48'000);

TEST_P(PartTarget, PlayersFindPartsAsLongAsTheyWereTold) {
    const TargetCase& one = GetParam();
    EXPECT_EQ(part_target(one.longest, one.frame, one.sound), one.target);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, PartTarget,
    testing::Values(TargetCase{"thirty", half, Ticks::from(1, 30), aac, half},
                    TargetCase{"film", half, Ticks::from(1001, 24'000), aac, Ticks::from(11 * 1001, 24'000)},
                    TargetCase{"ntsc", half, Ticks::from(1001, 30'000), aac, Ticks::from(14 * 1001, 30'000)},
                    TargetCase{"slow_camera", Ticks::milliseconds(100), Ticks::from(1, 5), {}, Ticks::from(1, 5)},
                    TargetCase{"sound_alone", half, aac, {}, aac * 23}, TargetCase{"unknown", half, {}, aac, half},
                    // Two pictures last 83.3 ms, into which three frames of sound fit badly and four nearly.
                    TargetCase{"sound_decides", Ticks::milliseconds(100), Ticks::from(1, 24), aac, aac * 4}),
    testing::PrintToStringParamName());

TEST(PartTargets, EveryRateInUseKeepsBothTracksWithinTheRule) {
    for (const std::int64_t rate : {5, 10, 12, 15, 24, 25, 30, 48, 50, 60, 120})
        for (const std::int64_t samples : {22'050, 32'000, 44'100, 48'000})
            for (const std::int64_t longest : {100, 150, 200, 250, 333, 500, 1000, 2000}) {
                const Ticks frame = Ticks::from(1, rate);
                const Ticks sound = Ticks::from(1024, samples);
                const Ticks target = part_target(Ticks::milliseconds(longest), frame, sound);
                const Ticks wanted = std::max(frame, Ticks::milliseconds(longest));
                EXPECT_LE(target, longest > 100 ? wanted : wanted * 3 / 2) << rate << ' ' << samples << ' ' << longest;
                for (const Ticks one : {frame, sound})
                    EXPECT_GE(one * (target.count() / one.count()) * 100, target * 85)
                        << rate << ' ' << samples << ' ' << longest;
            }
}

}  // namespace
}  // namespace weir::package

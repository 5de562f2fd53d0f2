// Each call of FFmpeg and zimg in a short run fails once: the pipeline drains every time, and leaves nothing alive.
#include "av/faults.hpp"

#include "av/error.hpp"
#include "worker/rig.hpp"

namespace weir::worker {
namespace {

TEST(PipelineFaults, AnyCallMayFailAndTheRunStillEndsWithNothingAlive) {
    ASSERT_EQ(std::system("ffmpeg -version >/dev/null 2>&1"), 0) << "script/bootstrap test installs FFmpeg";
    av::silence();
    const Clip clip = make_clip(
        "-f lavfi -i testsrc2=size=128x72:rate=25:duration=0.24 -f lavfi -i sine=sample_rate=44100:duration=0.24 "
        "-c:v libx264 -preset ultrafast -bf 1 -g 3 -pix_fmt yuv420p10 -c:a aac");
    const auto once = [&] {
        Rig rig(setup_of({rung("72p", 128, 72), rung("36p", 64, 36), sound_rung()}));
        rig.send(clip);
        rig.drain();
        const Made made = rig.end();
        for (const auto& [rendition, packets] : made.packets) expect_decodable_order(packets);
        return made;
    };
    av::faults::arm(0);
    const Made whole = once();
    const std::uint64_t calls = av::faults::disarm();
    ASSERT_GT(calls, 100U);
    ASSERT_EQ(whole.packets.size(), 3U);
    std::uint64_t noticed = 0;
    for (std::uint64_t n = 1; n <= calls; ++n) {
        av::faults::arm(n);
        const Made made = once();
        av::faults::disarm();
        noticed += made.remarks.empty() ? 0 : 1;
        ASSERT_EQ(av::alive(), av::Alive{}) << "call " << n;
    }
    // Threads race: a call or two at the end may not be reached. All others must have been heard of.
    EXPECT_GE(noticed + 8, calls);
}

}  // namespace
}  // namespace weir::worker

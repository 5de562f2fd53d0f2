#include "format/rtp_decode_times.hpp"

#include "format/rtp_fixtures.hpp"

namespace weir::format::rtp {

using namespace test;
using media::Codec;
using media::Ticks;

namespace {

Ticks frames(std::int64_t count) { return Ticks::from(count, 30); }

/// Baseline pictures without reordering, and a camera that does not say how it reorders: High, 640x368, no VUI.
constexpr const char* baseline = "0142c00cffe100186742c00cd90141fb0110000003001000000301e0f142a48001000568cb83cb20";
constexpr const char* silent = "0164001fffe1000a6764001facd940a02f9001000468ef8fcbfdf8f800";

std::vector<double> decoded(DecodeTimes& times, const std::vector<std::int64_t>& presented,
                            std::size_t gap_at = SIZE_MAX) {
    std::vector<double> all;
    for (std::size_t i = 0; i < presented.size(); ++i) {
        const Ticks time = times.next(frames(presented[i]), i == gap_at);
        EXPECT_LE(time, frames(presented[i])) << i;
        all.push_back(static_cast<double>(time.count()) / static_cast<double>(frames(1).count()));
    }
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GT(all[i], all[i - 1]) << i;
    return all;
}

}  // namespace

TEST(RtpDecodeTimes, WithoutReorderingPicturesAreDecodedWhenTheyAreShown) {
    DecodeTimes times;
    times.follow(track(Codec::h264, baseline));
    EXPECT_EQ(decoded(times, {0, 1, 2, 4}), (std::vector<double>{0, 1, 2, 4}));
}

TEST(RtpDecodeTimes, WithBPicturesTimesRiseSteadilyFromTheFirstOn) {
    DecodeTimes times;
    times.follow(track(Codec::h264, h264_record));  // two pictures are reordered
    EXPECT_EQ(decoded(times, {0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11}),
              (std::vector<double>{-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(RtpDecodeTimes, BehindAGapTheyBeginAsAtTheStart) {
    DecodeTimes times;
    times.follow(track(Codec::h264, h264_record));
    const auto all = decoded(times, {0, 4, 2, 1, 3, 60, 64, 62, 61, 63, 68}, 5);
    EXPECT_EQ((std::vector<double>(all.begin() + 5, all.end())), (std::vector<double>{58, 59, 60, 61, 62, 63}));
}

TEST(RtpDecodeTimes, WhereASourceDoesNotSayHowItReordersItIsLearnt) {
    DecodeTimes times;
    times.follow(track(Codec::h264, silent));
    for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(times.next(frames(i), false), frames(i)) << "no delay for nothing";
    std::vector<Ticks> shown;
    std::vector<Ticks> all;
    for (std::int64_t group = 10; group < 40; group += 3)
        for (const std::int64_t offset : {2, 0, 1}) {
            shown.push_back(frames(group + offset));
            all.push_back(times.next(shown.back(), false));
        }
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GT(all[i], all[i - 1]);
    for (std::size_t i = 4; i < all.size(); ++i) {
        EXPECT_LE(all[i], shown[i]) << i;
        EXPECT_GE(all[i], shown[i] - frames(4)) << i;
    }
}

TEST(RtpDecodeTimes, ASourceWhoseClockJumpsBackIsFollowed) {
    DecodeTimes times;
    times.follow(track(Codec::h264, h264_record));
    for (const std::int64_t at : {3000, 3002, 3001, 3004, 3003}) (void)times.next(frames(at), false);
    EXPECT_EQ(times.next(frames(0), false), frames(-2));
    EXPECT_EQ(times.next(frames(2), false), frames(-1));
    EXPECT_EQ(times.next(frames(1), false), frames(0));
}

}  // namespace weir::format::rtp

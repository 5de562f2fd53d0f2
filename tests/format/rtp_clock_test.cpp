#include "format/rtp_clock.hpp"

#include <gtest/gtest.h>

namespace weir::format::rtp {

using namespace std::chrono_literals;
using media::Ticks;
using rtcp::NtpTime;

namespace {

constexpr std::size_t video = 0;
constexpr std::size_t audio = 1;

NtpTime ntp(std::int64_t milliseconds) {
    return rtcp::to_ntp(base::WallTime(std::chrono::seconds(1'700'000'000) + std::chrono::milliseconds(milliseconds)));
}

/// Video at 90 kHz and sound at 48 kHz, which begin at timestamps of their own; the times are those of the source, in milliseconds.
struct Bench {
    Bench() {
        clock.add(90'000, false);
        clock.add(48'000, true);
    }
    static std::uint32_t stamp(std::size_t medium, std::int64_t milliseconds) {
        return medium == video ? static_cast<std::uint32_t>(0xffff'0000 + 90 * milliseconds)
                               : static_cast<std::uint32_t>(1234 + 48 * milliseconds);
    }
    void begin(std::size_t medium, std::int64_t at, base::Duration arrival) {
        clock.begin(medium, stamp(medium, at), base::Instant(arrival));
    }
    Ticks time(std::size_t medium, std::int64_t at) { return clock.time(medium, stamp(medium, at)); }
    /// `late`: how much later the source says that it is.
    void report(std::size_t medium, std::int64_t at, std::int64_t late = 0) {
        clock.report(medium, ntp(at + late), stamp(medium, at));
    }

    SessionClock clock;
};

}  // namespace

TEST(RtpClock, WithoutReportsMediaBeginWhenTheirPacketsCome) {
    Bench bench;
    bench.begin(video, 0, 1000ms);
    bench.begin(audio, 0, 1030ms);
    const Ticks start = bench.time(video, 0);
    EXPECT_EQ(bench.time(audio, 0) - start, Ticks::milliseconds(30));
    EXPECT_EQ(bench.time(video, 2000) - start, Ticks::milliseconds(2000)) << "the timestamp wrapped";
}

TEST(RtpClock, WhereTheSessionSaysHowMediaBeginTheyAreInStep) {
    Bench bench;
    bench.clock.begin_at(video, Bench::stamp(video, 0));
    bench.clock.begin_at(audio, Bench::stamp(audio, 0));
    bench.begin(video, 40, 1000ms);
    bench.begin(audio, 10, 1500ms);
    EXPECT_EQ(bench.time(video, 40) - bench.time(audio, 10), Ticks::milliseconds(30));
}

TEST(RtpClock, ReportsBeforeTheFirstFramePutMediaInStepAtOnce) {
    Bench bench;
    bench.report(video, 0);
    bench.begin(video, 0, 1000ms);
    bench.report(audio, 0);
    bench.begin(audio, 0, 1400ms);
    EXPECT_EQ(bench.time(video, 100), bench.time(audio, 100));
}

// As ffmpeg publishes: a report of each medium first, and half a second of sound in one packet, when it is over.
TEST(RtpClock, SoundThatComesBehindPicturesIsInStepWithThemFromItsFirstFrame) {
    for (const bool is_report_first : {true, false}) {
        Bench bench;
        bench.report(video, 0);
        bench.begin(video, 0, 1000ms);
        const Ticks start = bench.time(video, 0);
        for (std::int64_t at = 40; at <= 600; at += 40)
            EXPECT_EQ(bench.time(video, at) - start, Ticks::milliseconds(at));
        if (is_report_first) bench.report(audio, 0);
        bench.begin(audio, 0, 1640ms);
        if (!is_report_first) bench.report(audio, 0);
        EXPECT_EQ(bench.time(audio, 0), start);
        for (std::int64_t at = 640; at <= 2000; at += 40) EXPECT_EQ(bench.time(video, at), bench.time(audio, at));
    }
}

TEST(RtpClock, SoundWhoseReportMakesNoSenseBeginsWhenItComes) {
    Bench bench;
    bench.report(video, 0);
    bench.begin(video, 0, 1000ms);
    const Ticks start = bench.time(video, 0);
    bench.report(audio, 0, 3'600'000);
    bench.begin(audio, 0, 1640ms);
    EXPECT_EQ(bench.time(audio, 0) - start, Ticks::milliseconds(640));
}

TEST(RtpClock, ReportsThatComeLaterMoveThePicturesSlowlyAndNeverTheSound) {
    Bench bench;
    bench.begin(video, 0, 1000ms);
    bench.begin(audio, 0, 1160ms);
    Ticks sound = bench.time(audio, 0);
    Ticks picture = bench.time(video, 0);
    EXPECT_EQ(sound - picture, Ticks::milliseconds(160));
    bench.report(video, 0);
    bench.report(audio, 0);
    for (std::int64_t at = 40; at <= 4000; at += 40) {
        const Ticks next_sound = bench.time(audio, at);
        const Ticks next = bench.time(video, at);
        EXPECT_EQ(next_sound - sound, Ticks::milliseconds(40));
        EXPECT_GE(next - picture, Ticks::milliseconds(37));
        EXPECT_LE(next - picture, Ticks::milliseconds(43));
        sound = next_sound;
        picture = next;
    }
    EXPECT_EQ(sound, picture);
}

TEST(RtpClock, ReportsThatTrembleMoveNothing) {
    Bench bench;
    bench.report(audio, 0);
    bench.report(video, 0);
    bench.begin(audio, 0, 1000ms);
    bench.begin(video, 0, 1000ms);
    const Ticks start = bench.time(video, 0);
    for (std::int64_t at = 40; at < 4000; at += 40) {
        if (at % 1000 == 0) bench.report(video, at, at % 2000 == 0 ? 3 : -3);
        EXPECT_EQ(bench.time(video, at) - start, Ticks::milliseconds(at));
    }
}

TEST(RtpClock, ReportsThatMakeNoSenseAreNotBelieved) {
    Bench bench;
    bench.begin(video, 0, 1000ms);
    bench.begin(audio, 0, 1000ms);
    bench.report(video, 0, 3'600'000);
    bench.report(audio, 0);
    EXPECT_TRUE(bench.clock.disagrees(video));
    EXPECT_EQ(bench.time(video, 40), bench.time(audio, 40));
    bench.clock.report(video, NtpTime{0}, 0);
    EXPECT_EQ(bench.time(video, 80), bench.time(audio, 80));
}

TEST(RtpClock, ASourceThatBeginsAnewGoesOnWhenItComes) {
    Bench bench;
    bench.begin(audio, 0, 1000ms);
    bench.begin(video, 0, 1000ms);
    const Ticks start = bench.time(video, 0);
    bench.clock.begin(video, 77, base::Instant(3000ms));
    EXPECT_EQ(bench.clock.time(video, 77) - start, Ticks::milliseconds(2000));
    EXPECT_EQ(bench.clock.time(video, 77 + 90'000) - start, Ticks::milliseconds(3000));
}

TEST(RtpClock, PicturesThatComeInTheOrderOfDecodingKeepTheirTimes) {
    Bench bench;
    bench.begin(video, 0, 0ms);
    const Ticks start = bench.time(video, 0);
    for (const std::int64_t at : {120, 40, 80, 240, 160, 200})
        EXPECT_EQ(bench.time(video, at) - start, Ticks::milliseconds(at));
}

}  // namespace weir::format::rtp

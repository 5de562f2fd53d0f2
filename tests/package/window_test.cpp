#include "package/window.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace weir::package {
namespace {

using media::Ticks;

stream::Segment segment(double seconds, std::size_t size) {
    stream::Segment made;
    made.duration = Ticks::seconds(seconds);
    made.size = size;
    made.gap = size == 0;
    return made;
}

struct RateCase {
    const char* name;
    std::vector<stream::Segment> segments;
    std::uint64_t peak;
    friend std::ostream& operator<<(std::ostream& out, const RateCase& one) { return out << one.name; }
};

class RateMeterTest : public testing::TestWithParam<RateCase> {};

TEST_P(RateMeterTest, BandwidthIsTheWorstThatAPlayerMayMeet) {
    RateMeter meter;
    for (const auto& one : GetParam().segments) meter.add(one, Ticks::seconds(6));
    EXPECT_EQ(meter.peak(), GetParam().peak);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RateMeterTest,
    testing::Values(RateCase{"nothing", {}, 0}, RateCase{"one", {segment(6, 6000)}, 8000},
                    RateCase{"the_largest", {segment(6, 6000), segment(6, 12000), segment(6, 3000)}, 16000},
                    RateCase{"too_short_by_itself", {segment(2, 100'000)}, 0},
                    RateCase{"short_ones_together", {segment(2, 2000), segment(2, 2000)}, 8000},
                    RateCase{"short_beside_long", {segment(6, 6000), segment(1, 8000)}, 16'000},
                    RateCase{"no_further_than_one_and_a_half", {segment(6, 60'000), segment(4, 4000)}, 80'000},
                    RateCase{"not_across_a_gap", {segment(2, 20'000), segment(6, 0), segment(2, 20'000)}, 0},
                    RateCase{"not_rounded_down", {segment(6, 1)}, 2}),
    testing::PrintToStringParamName());

stream::SegmentRef numbered(std::uint64_t sequence, double seconds, std::size_t size = 1000) {
    auto made = std::make_shared<stream::Segment>(segment(seconds, size));
    made->sequence = sequence;
    return made;
}

const Rendition source{.name = "source"};

void publish(Window& window, std::uint64_t sequence, double seconds, std::size_t size = 1000) {
    window.add(source, {}, numbered(sequence, seconds, size));
    window.commit(Ticks::seconds(6));
}

struct TargetCase {
    const char* name;
    double first;
    double target;
    friend std::ostream& operator<<(std::ostream& out, const TargetCase& one) { return out << one.name; }
};
class TargetTest : public testing::TestWithParam<TargetCase> {};

TEST_P(TargetTest, SegmentsAsLongAsTheFirstAlwaysFit) {
    Window window({.duration = Ticks::seconds(60), .bytes = 1 << 20});
    EXPECT_EQ(window.target_duration(), Ticks());
    publish(window, 1, GetParam().first);
    EXPECT_EQ(window.target_duration(), Ticks::seconds(GetParam().target));
    publish(window, 2, 20);
    EXPECT_EQ(window.target_duration(), Ticks::seconds(GetParam().target));
}

INSTANTIATE_TEST_SUITE_P(Cases, TargetTest,
                         testing::Values(TargetCase{"shorter", 4, 6}, TargetCase{"as_configured", 6, 6},
                                         TargetCase{"a_little_longer", 6.2, 6}, TargetCase{"between", 8.333, 9},
                                         TargetCase{"whole", 10, 10}),
                         testing::PrintToStringParamName());

TEST(Window, ListsItsDurationAndNeverLessThanThreeTargetDurations) {
    for (const auto& [duration, count] : {std::pair{60.0, 10U}, {20.0, 4U}, {1.0, 3U}}) {
        Window window({.duration = Ticks::seconds(duration), .bytes = 1 << 20});
        for (std::uint64_t i = 0; i < 50; ++i) publish(window, i, 6);
        EXPECT_EQ(window.index(0, false)->renditions[0]->listed.size(), count);
    }
    Window uneven({.duration = Ticks::seconds(1), .bytes = 1 << 20});
    for (std::uint64_t i = 0; i < 50; ++i) publish(uneven, i, i % 5 == 0 ? 6 : 1);
    Ticks total;
    for (const auto& one : uneven.index(0, false)->renditions[0]->listed) total += one->duration;
    EXPECT_GE(total, Ticks::seconds(18));
}

TEST(Window, ARenditionThatHasLostMediaKeepsThreeTargetDurationsToo) {
    const Rendition audio{.name = "audio", .kind = media::Kind::audio, .place = 9};
    const auto listed = [&](double seconds_left) {
        Window window({.duration = Ticks::seconds(20), .bytes = 1 << 20});
        for (std::uint64_t i = 0; i < 50; ++i) {
            window.add(source, {}, numbered(i, i == 0 ? 6 : seconds_left));
            window.add(audio, {}, numbered(i, 6));
            window.commit(Ticks::seconds(6));
        }
        return window.index(0, false)->renditions[0]->listed.size();
    };
    EXPECT_EQ(listed(6), 4U);
    EXPECT_EQ(listed(3), 6U) << "18 s";
    EXPECT_EQ(listed(0.1), 7U) << "no more than twice as much as is to be listed";
}

TEST(Window, ASegmentStaysFetchableForItsDurationAndThatOfItsPlaylist) {
    Window window({.duration = Ticks::seconds(18), .bytes = 1 << 20});
    for (std::uint64_t i = 0; i < 20; ++i) publish(window, i, 6);
    const auto index = window.index(0, false);
    EXPECT_EQ(index->renditions[0]->listed.front()->sequence, 17U);
    EXPECT_EQ(index->renditions[0]->lingering.front()->sequence, 13U);  // 16 has just gone: 15, 14, 13 within 24 s
    EXPECT_EQ(index->renditions[0]->lingering.back()->sequence, 16U);
}

TEST(Window, BandwidthIsNoLessThanAnnounced) {
    Window window({.duration = Ticks::seconds(18), .bytes = 1 << 20});
    media::Track track;
    track.announced_bitrate = 1'000'000;
    window.add(source, track, numbered(0, 6, 6000));
    window.commit(Ticks::seconds(6));
    EXPECT_EQ(window.index(0, false)->renditions[0]->peak_bitrate, 1'000'000U);
    EXPECT_EQ(window.index(0, false)->renditions[0]->average_bitrate, 8000U);
}

TEST(Window, BandwidthCoversWhatIsStillListedOfAnotherEncoding) {
    Window window({.duration = Ticks::seconds(18), .bytes = 1 << 20});
    std::vector<std::uint64_t> peaks;
    const auto publish_encoded = [&](std::uint64_t sequence, std::size_t size, const auto& init) {
        auto made = std::make_shared<stream::Segment>(*numbered(sequence, 6, size));
        made->init = init;
        window.add(source, {}, std::move(made));
        window.commit(Ticks::seconds(6));
        peaks.push_back(window.index(0, false)->renditions[0]->peak_bitrate);
    };
    const auto first = std::make_shared<stream::InitSegment>();
    const auto second = std::make_shared<stream::InitSegment>();
    for (std::uint64_t i = 0; i < 2; ++i) publish_encoded(i, 6000, first);
    for (std::uint64_t i = 2; i < 6; ++i) publish_encoded(i, 3000, second);
    EXPECT_EQ(peaks, (std::vector<std::uint64_t>{8000, 8000, 8000, 8000, 4000, 4000}));
}

TEST(Window, RenditionsStandInTheirPlacesAndCanBeWithdrawn) {
    Window window({.duration = Ticks::seconds(18), .bytes = 1 << 20});
    const Rendition audio{.name = "audio", .kind = media::Kind::audio, .place = 9};
    const Rendition rung{.name = "720p", .bitrate = 2'500'000, .place = 5};
    for (const Rendition* one : {&audio, &rung, &source}) window.add(*one, {}, numbered(7, 6, 6000));
    window.commit(Ticks::seconds(6));
    window.offer("source", false);
    const auto index = window.index(0, false);
    ASSERT_EQ(index->renditions.size(), 3U);
    EXPECT_EQ(index->renditions[0]->name, "source");
    EXPECT_FALSE(index->renditions[0]->is_offered);
    EXPECT_EQ(index->renditions[1]->name, "720p");
    EXPECT_EQ(index->renditions[1]->peak_bitrate, 2'500'000U);
    EXPECT_EQ(index->renditions[1]->average_bitrate, 8000U);
    EXPECT_EQ(index->renditions[2]->name, "audio");
    EXPECT_TRUE(index->renditions[2]->is_offered);
}

TEST(Window, OneThatListsNothingButGapsCanBeForgotten) {
    Window window({.duration = Ticks::seconds(18), .bytes = 1 << 20});
    const Rendition rung{.name = "720p", .place = 5};
    for (std::uint64_t i = 0; i < 4; ++i) {
        window.add(source, {}, numbered(i, 6));
        window.add(rung, {}, numbered(i, 6, i == 0 ? 1000 : 0));
        window.commit(Ticks::seconds(6));
        EXPECT_FALSE(window.drop_if_empty("source"));
        EXPECT_EQ(window.drop_if_empty("720p"), i == 3) << i;
        if (i < 3) EXPECT_NE(window.index(0, false)->find("720p"), nullptr);
    }
    EXPECT_EQ(window.index(0, false)->find("720p"), nullptr);
}

TEST(Window, ManyBytesTakeWhatLingersFirst) {
    Window window({.duration = Ticks::seconds(60), .bytes = 8000});
    for (std::uint64_t i = 0; i < 50; ++i) publish(window, i, 6);
    const auto index = window.index(0, false);
    EXPECT_EQ(index->renditions[0]->listed.size(), 8U);
    EXPECT_TRUE(index->renditions[0]->lingering.empty());
}

}  // namespace
}  // namespace weir::package

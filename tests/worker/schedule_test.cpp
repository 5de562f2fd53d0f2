#include "worker/schedule.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::worker {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime midnight{std::chrono::days(20'000)};

TEST(Schedule, ATimeBehindANameIsTakenOffAndWhatIsNoneStays) {
    struct {
        const char* entry;
        const char* name;
        std::chrono::seconds at;
    } const rows[] = {
        {"show.mp4", "show.mp4", -1s},
        {"show.mp4@20:15", "show.mp4", 20h + 15min},
        {"a@b.mp4@00:00:01", "a@b.mp4", 1s},
        {"me@home.mp4", "me@home.mp4", -1s},
        {"x@24:00", "x@24:00", -1s},
        {"x@9:00", "x@9:00", -1s},
        {"x@12", "x@12", -1s},
        {"x@12:00:", "x@12:00:", -1s},
        {"x@12:60", "x@12:60", -1s},
        {"x@23:59:59", "x", 24h - 1s},
    };
    for (const auto& row : rows) {
        const ScheduledFile file = parse_scheduled_file(row.entry);
        EXPECT_EQ(file.name, row.name) << row.entry;
        EXPECT_EQ(file.at.value_or(-1s), row.at) << row.entry;
    }
}

/// What is played in a day, an hour each: by the places of the files.
std::string day(std::vector<std::optional<std::chrono::seconds>> times, base::WallTime from, int hours) {
    Schedule schedule(std::move(times), from);
    std::string played;
    for (int hour = 0; hour < hours; ++hour) played += std::to_string(schedule.next(from + hour * 1h));
    return played;
}

TEST(Schedule, FilesWithoutATimeFollowEachOther) { EXPECT_EQ(day({{}, {}, {}}, midnight + 5h, 7), "0120120"); }

TEST(Schedule, OneWithATimeComesEveryDayWhenItIsDue) {
    EXPECT_EQ(day({{}, 2h, {}}, midnight, 6), "021020");
    EXPECT_EQ(day({{}, 2h}, midnight + 23h, 28), "0001" + std::string(23, '0') + "1");
}

TEST(Schedule, WhatWasDueBeforeTheStartIsNotMadeUpFor) { EXPECT_EQ(day({{}, 2h}, midnight + 3h, 5), "00000"); }

TEST(Schedule, WhatIsPlayedGivesWayOnceAndOfTwoThatWereDueTheLaterIsPlayed) {
    Schedule schedule({{}, 2h, 2h + 10min}, midnight + 1h);
    EXPECT_EQ(schedule.next(midnight + 1h), 0U);
    EXPECT_FALSE(schedule.is_due(midnight + 2h - 1s));
    EXPECT_TRUE(schedule.is_due(midnight + 2h));
    EXPECT_EQ(schedule.next(midnight + 2h + 15min), 2U);
    EXPECT_FALSE(schedule.is_due(midnight + 2h + 20min));
    EXPECT_EQ(schedule.next(midnight + 3h), 0U);
}

}  // namespace
}  // namespace weir::worker

#include "base/journal.hpp"
#include "base/troubles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

namespace weir::base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

/// A journal and what it wrote. `payload` is the line without the time.
class JournalTest : public testing::Test {
  protected:
    std::string payload() {
        EXPECT_FALSE(lines.empty());
        if (lines.empty()) {
            return {};
        }
        std::string line = lines.back();
        const bool json = line.starts_with('{');
        const std::size_t from = json ? std::string_view(R"({"time":"2026-11-22T10:00:00.000Z",)").size()
                                      : std::string_view("2026-11-22T10:00:00.000Z ").size();
        EXPECT_TRUE(line.ends_with('\n'));
        return line.substr(from, line.size() - from - 1);
    }

    std::vector<std::string> lines;
    Journal journal{LogLevel::info, LogFormat::text, [this](std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(JournalTest, ALineSaysWhenHowBadWhatAndWho) {
    const Log log = journal.with({.stream = "live/demo", .session = "p-1"});
    log.info("publishing",
             {{"codec", "h264"}, {"client", "OBS 30.1"}, {"width", 1280}, {"bitrate", BitRate(3'912'000)}});
    EXPECT_THAT(lines.front(), MatchesRegex("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z info .*\n"));
    EXPECT_EQ(payload(),
              "info publishing stream=live/demo session=p-1 codec=h264 client=\"OBS 30.1\" width=1280 "
              "bitrate=3.91Mbit/s");
}

TEST_F(JournalTest, TheSameLineForAMachine) {
    journal.set_format(LogFormat::json);
    const Log log = journal.with({.stream = "live/demo"}).with({.session = "p-1"});
    log.warning("a \"late\" track", {{"after", 1500ms},
                                     {"held", 3_MiB},
                                     {"rate", BitRate(5000)},
                                     {"ok", true},
                                     {"ratio", 0.5},
                                     {"bad", std::numeric_limits<double>::quiet_NaN()},
                                     {"left", -3},
                                     {"client", std::string("a\nb\xFF")}});
    EXPECT_THAT(lines.front(),
                MatchesRegex("\\{\"time\":\"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z\",.*\\}\n"));
    EXPECT_EQ(payload(), R"("level":"warning","message":"a \"late\" track","stream":"live/demo","session":"p-1",)"
                         R"("after":1.5,"held":3145728,"rate":5000,"ok":true,"ratio":0.5,"bad":null,"left":-3,)"
                         "\"client\":\"a\\nb\uFFFD\"}");
}

TEST_F(JournalTest, AmountsAreReadable) {
    journal.log().info("amounts", {{"a", 30ms},
                                   {"b", Duration(52'123'456ns)},
                                   {"c", 90s},
                                   {"d", 12us},
                                   {"e", 0s},
                                   {"f", -40ms},
                                   {"g", 100_B},
                                   {"h", 1536_KiB},
                                   {"i", 2_GiB},
                                   {"j", 64_kbps},
                                   {"k", false},
                                   {"l", std::uint64_t{18'446'744'073'709'551'615U}}});
    EXPECT_EQ(payload(),
              "info amounts a=30ms b=52.12ms c=90.0s d=12us e=0.0s f=-40ms g=100B h=1.5MiB i=2.00GiB "
              "j=64kbit/s k=no l=18446744073709551615");
}

TEST_F(JournalTest, NobodyForgesALine) {
    const std::string evil = "x\n2026-11-22T10:00:00.000Z error stream=live/other the disk is full\x1b[2J";
    journal.with({.stream = evil}).info(evil, {{"client", evil}, {"empty", ""}, {"sum", "a=b"}, {"file", "C:\\x"}});
    EXPECT_EQ(lines.size(), 1U);
    EXPECT_EQ(std::ranges::count(lines.front(), '\n'), 1);
    EXPECT_EQ(std::ranges::count(lines.front(), '\x1b'), 0);
    EXPECT_TRUE(payload().ends_with(R"( empty="" sum="a=b" file="C:\\x")"));
    EXPECT_TRUE(payload().contains(R"( client="x\n2026-11-22T10:00:00.000Z error)"));
}

TEST_F(JournalTest, ALongTextIsCut) {
    journal.log().info("seen", {{"client", std::string(1'000'000, 'a')}});
    EXPECT_LT(lines.front().size(), 1200U);
    EXPECT_TRUE(payload().ends_with("aaa…\""));
}

TEST_F(JournalTest, TheLevelIsReloadedWhileRunning) {
    const Log log = journal.log();
    log.debug("unseen");
    EXPECT_THAT(lines, IsEmpty());
    EXPECT_FALSE(log.enabled(LogLevel::debug));
    journal.set_level(LogLevel::debug);
    log.debug("seen");
    EXPECT_EQ(payload(), "debug seen");
    journal.set_level(LogLevel::error);
    log.warning("unseen");
    EXPECT_EQ(lines.size(), 1U);
    log.error("the disk is full");
    EXPECT_EQ(payload(), "error the disk is full");
}

TEST_F(JournalTest, TheReasonOfAFailureIsTold) {
    const Result<void> failed = fail(ErrorKind::malformed, "the SPS is cut short");
    journal.log().warning("the publisher is refused", {{"reason", failed.error()}});
    EXPECT_EQ(payload(), "warning the publisher is refused reason=\"the SPS is cut short\"");
}

TEST(Journal, ALogThatIsBoundToNothingSaysNothing) {
    const Log log;
    EXPECT_FALSE(log.enabled(LogLevel::error));
    log.error("unheard");
    log.with({.stream = "live/demo"}).error("unheard");
}

TEST(Journal, LinesOfManyThreadsAreWholeAcrossAReload) {
    std::vector<std::string> lines;
    Journal journal(LogLevel::info, LogFormat::text, [&](std::string_view line) { lines.emplace_back(line); });
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                const Log log = journal.with({.session = "t-" + std::to_string(i)});
                for (int k = 0; k < 100; ++k) {
                    log.info("working", {{"step", k}});
                    journal.set_format(k % 2 == 0 ? LogFormat::json : LogFormat::text);
                    journal.set_level(LogLevel::info);
                }
            });
        }
    }
    EXPECT_EQ(lines.size(), 400U);
    for (const std::string& line : lines) {
        EXPECT_THAT(line, MatchesRegex("(\\{.*\"message\":\"working\",\"session\":\"t-.\",\"step\":[0-9]+\\}|20.* info "
                                       "working session=t-. step=[0-9]+)\n"));
    }
}

TEST_F(JournalTest, TroublesOfEveryPacketAreToldOnceASecond) {
    Troubles troubles;
    Instant now{100s};
    EXPECT_THAT(troubles.take(now), IsEmpty());
    troubles.note("timestamp gap");
    EXPECT_TRUE(troubles.pending());
    EXPECT_THAT(troubles.take(now), ElementsAre("timestamp gap")) << "the first is told at once";
    EXPECT_FALSE(troubles.pending());
    for (int i = 0; i < 12; ++i) {
        troubles.note("timestamp gap");
    }
    troubles.note("lost datagrams", 7);
    EXPECT_THAT(troubles.take(now + 999ms), IsEmpty());
    EXPECT_THAT(troubles.take(now + 1s),
                ElementsAre("timestamp gap ×12 in the last second", "lost datagrams ×7 in the last second"));
    EXPECT_THAT(troubles.take(now + 10s), IsEmpty());

    troubles.note("timestamp gap", 3);
    troubles.report(journal.with({.stream = "live/demo"}), now + 20s);
    EXPECT_EQ(payload(), "warning timestamp gap ×3 in the last second stream=live/demo");
}

TEST(Troubles, ManyDifferentReasonsDoNotGrowWithoutEnd) {
    std::vector<std::string> reasons;
    for (int i = 0; i < 100; ++i) {
        reasons.push_back("reason " + std::to_string(i));
    }
    Troubles troubles;
    for (const std::string& reason : reasons) {
        troubles.note(reason, 2);
    }
    const auto lines = troubles.take(Instant{});
    EXPECT_EQ(lines.size(), 33U);
    EXPECT_EQ(lines.back(), "other troubles ×136 in the last second");
}

}  // namespace
}  // namespace weir::base

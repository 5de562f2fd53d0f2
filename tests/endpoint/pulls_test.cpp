#include "endpoint/pulls.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::endpoint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const char* const file = R"(
pull: { files: /films }
streams:
  live/gate: { source: "rtsp://10.0.0.9/stream1", timeout: 5s, backup: "rtsp://10.0.0.10/stream1" }
  live/two:  { source: [ "http://a/x.m3u8", "file:b.mp4" ], backup: live/gate }
  live/late: { source: "udp://:5000", pull: on_demand, pull_idle: 60s }
  "cam/*":   { source: "rtsp://10.0.1.7/{app}/{name}?n={name}", backup: [ "rtsp://10.0.1.8/{name}", "file:b.mp4" ] }
  cam/dark:  { source: "" }
)";

config::Config configured() {
    const auto config = config::load({.file = "weir.yaml", .text = file, .environment = {}, .settings = {}});
    EXPECT_TRUE(config) << config.error().front().text();
    return *config;
}

PullSource source(const char* id) { return source_of(configured(), *base::parse_stream_id(id)); }
PullSource backup(const char* id) { return backup_of(configured(), *base::parse_stream_id(id)); }

TEST(Pulls, AStreamIsFetchedFromWhatItsRuleSays) {
    EXPECT_THAT(source("live/gate").addresses, ElementsAre("rtsp://10.0.0.9/stream1"));
    EXPECT_FALSE(source("live/gate").on_demand);
    EXPECT_EQ(source("live/gate").silence, std::chrono::seconds(5));
    EXPECT_THAT(source("live/two").addresses, ElementsAre("http://a/x.m3u8", "file:b.mp4"));
    EXPECT_TRUE(source("live/late").on_demand);
    EXPECT_EQ(source("live/late").idle, std::chrono::minutes(1));
}

TEST(Pulls, ASourceOfAPatternIsOnDemandAndNamesTheStream) {
    EXPECT_THAT(source("cam/door-2").addresses, ElementsAre("rtsp://10.0.1.7/cam/door-2?n=door-2"));
    EXPECT_TRUE(source("cam/door-2").on_demand);
}

TEST(Pulls, WhoHasNoSourceIsNotFetched) {
    EXPECT_THAT(source("live/other").addresses, IsEmpty());
    EXPECT_THAT(source("cam/dark").addresses, IsEmpty());
}

TEST(Pulls, ABackupIsFetchedWhenItsStreamWantsIt) {
    EXPECT_THAT(backup("live/gate").addresses, ElementsAre("rtsp://10.0.0.10/stream1"));
    EXPECT_TRUE(backup("live/gate").on_demand);
    EXPECT_EQ(backup("live/gate").rank, stream::Rank::backup);
    EXPECT_EQ(backup("live/gate").silence, std::chrono::seconds(5));
    EXPECT_THAT(backup("cam/door").addresses, ElementsAre("rtsp://10.0.1.8/door", "file:b.mp4"));
    EXPECT_THAT(backup("live/two").addresses, IsEmpty()) << "another stream of the server is not fetched";
    EXPECT_THAT(backup("live/other").addresses, IsEmpty());
}

}  // namespace
}  // namespace weir::endpoint

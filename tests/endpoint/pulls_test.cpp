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
  live/gate: { source: "rtsp://10.0.0.9/stream1", timeout: 5s }
  live/two:  { source: [ "http://a/x.m3u8", "file:b.mp4" ] }
  live/late: { source: "udp://:5000", pull: on_demand, pull_idle: 60s }
  "cam/*":   { source: "rtsp://10.0.1.7/{app}/{name}?n={name}" }
  cam/dark:  { source: "" }
)";

PullSource source(const char* id) {
    const auto config = config::load({.file = "weir.yaml", .text = file, .environment = {}, .settings = {}});
    EXPECT_TRUE(config) << config.error().front().text();
    return source_of(*config, *base::parse_stream_id(id));
}

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

}  // namespace
}  // namespace weir::endpoint

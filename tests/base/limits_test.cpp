#include "base/limits.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using namespace std::chrono_literals;

struct DoorLimits {
    ByteCount message = 16_MiB;
    std::size_t channels = 64;
    std::chrono::milliseconds handshake = 10s;

    void fields(this auto& self, auto&& visit) {
        visit("message", self.message,
              Limit{.what = "one message", .at_limit = "the connection is closed", .metric = "weir_door_closed_total"});
        visit("channels", self.channels,
              Limit{.what = "channels at one time",
                    .at_limit = "the newest is refused",
                    .metric = "weir_door_refused_total"});
        visit("handshake", self.handshake,
              Limit{.what = "from accept to `connect`", .at_limit = "closed", .metric = ""});
    }
};

TEST(Limits, ThePageSaysOfEachLimitWhatHappensThereAndWhoCountsIt) {
    const LimitTable table = limit_table("proto/door", DoorLimits{});
    ASSERT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(table.rows[0], (LimitRow{.name = "message",
                                       .what = "one message",
                                       .value = "16MiB",
                                       .at_limit = "the connection is closed",
                                       .metric = "weir_door_closed_total"}));
    EXPECT_EQ(table.rows[1].value, "64");
    EXPECT_EQ(table.rows[2].value, "10s");

    const std::string page = limits_page(std::vector{table});
    EXPECT_TRUE(page.starts_with("# Limits\n"));
    EXPECT_TRUE(page.contains("\n## proto/door\n\n| limit | of what | default | at the limit | metric |\n| --- |"));
    EXPECT_TRUE(page.contains(
        "\n| `channels` | channels at one time | 64 | the newest is refused | `weir_door_refused_total` |\n"));
    EXPECT_TRUE(page.ends_with("| `handshake` | from accept to `connect` | 10s | closed |  |\n"));
}

TEST(Limits, ALimitChangedInTheConfigurationShowsAsChanged) {
    EXPECT_EQ(limit_table("proto/door", DoorLimits{.message = 1_MiB}).rows[0].value, "1MiB");
}

}  // namespace
}  // namespace weir::base

#include "proto/rtmp/url.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace weir::proto::rtmp {
namespace {

TEST(RtmpUrl, AnAddressToPublishToIsTakenApartOrRefusedInWords) {
    struct Case {
        std::string_view text;
        std::optional<Url> url;
    };
    const Case cases[] = {
        {"rtmp://localhost/live/demo", Url{"localhost", 1935, "live", "demo"}},
        {"rtmp://192.0.2.7:1936/live/demo?token=a/b", Url{"192.0.2.7", 1936, "live", "demo?token=a/b"}},
        {"rtmp://[::1]:11935/live/demo", Url{"::1", 11935, "live", "demo"}},
        {"rtmp://[::1]/live/demo", Url{"::1", 1935, "live", "demo"}},
        {"rtmps://localhost:1936/live/demo", Url{"localhost", 1936, "live", "demo", true}},
        {"rtmps://example.org/live/demo", Url{"example.org", 443, "live", "demo", true}},
        {"rtmp://localhost/live", {}},
        {"rtmp://localhost/live/", {}},
        {"rtmp://localhost:x/live/demo", {}},
        {"rtmp://localhost:70000/live/demo", {}},
        {"rtmp:///live/demo", {}},
        {"http://localhost/live/demo", {}},
        {"", {}},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        const auto url = parse_url(one.text);
        EXPECT_EQ(url.has_value(), one.url.has_value());
        if (url && one.url) EXPECT_EQ(*url, *one.url);
        if (!url) EXPECT_FALSE(url.error().text.empty());
    }
}

TEST(RtmpUrl, AServerIsToldTheAddressWithoutTheKey) {
    EXPECT_EQ(print_tc_url(*parse_url("rtmp://[::1]/live/demo?token=t")), "rtmp://[::1]:1935/live");
    EXPECT_EQ(print_tc_url(*parse_url("rtmps://host/live/demo")), "rtmps://host:443/live");
}

}  // namespace
}  // namespace weir::proto::rtmp

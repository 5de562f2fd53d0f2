#include "app/url.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace weir::app {
namespace {

TEST(Url, AnAddressToPublishToIsTakenApartOrRefusedInWords) {
    struct Case {
        std::string_view text;
        std::optional<RtmpUrl> url;
    };
    const Case cases[] = {
        {"rtmp://localhost/live/demo", RtmpUrl{"localhost", 1935, "live", "demo"}},
        {"rtmp://192.0.2.7:1936/live/demo?token=a/b", RtmpUrl{"192.0.2.7", 1936, "live", "demo?token=a/b"}},
        {"rtmp://[::1]:11935/live/demo", RtmpUrl{"::1", 11935, "live", "demo"}},
        {"rtmp://[::1]/live/demo", RtmpUrl{"::1", 1935, "live", "demo"}},
        {"rtmps://localhost:1936/live/demo", RtmpUrl{"localhost", 1936, "live", "demo", true}},
        {"rtmps://example.org/live/demo", RtmpUrl{"example.org", 443, "live", "demo", true}},
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
        const auto url = parse_rtmp_url(one.text);
        EXPECT_EQ(url.has_value(), one.url.has_value());
        if (url && one.url) EXPECT_EQ(*url, *one.url);
        if (!url) EXPECT_FALSE(url.error().text.empty());
    }
}

TEST(Url, WhatCanBeWatchedIsToldApartByItsScheme) {
    EXPECT_EQ(std::get<RtmpUrl>(*parse_watch_url("rtmp://localhost/live/demo/720p")),
              (RtmpUrl{"localhost", 1935, "live", "demo/720p"}));
    EXPECT_EQ(std::get<HttpUrl>(*parse_watch_url("http://host:81/live/demo.flv")),
              (HttpUrl{"host", 81, "/live/demo.flv"}));
    EXPECT_FALSE(parse_watch_url("rtsp://host/live/demo"));
    EXPECT_EQ(print_tc_url(*parse_rtmp_url("rtmp://[::1]/live/demo?token=t")), "rtmp://[::1]:1935/live");
    EXPECT_EQ(print_tc_url(*parse_rtmp_url("rtmps://host/live/demo")), "rtmps://host:443/live");
}

TEST(Url, APlaylistsReferencesLeadToItsSegments) {
    const HttpUrl playlist{"host", 8080, "/live/demo/index.m3u8?token=x"};
    EXPECT_EQ(resolve(playlist, "source/index.m3u8"), (HttpUrl{"host", 8080, "/live/demo/source/index.m3u8"}));
    EXPECT_EQ(resolve(playlist, "/other/index.m3u8"), (HttpUrl{"host", 8080, "/other/index.m3u8"}));
    EXPECT_EQ(resolve(playlist, "http://cdn:81/a.m4s"), (HttpUrl{"cdn", 81, "/a.m4s"}));
}

TEST(Url, AnAddressWithoutAPathIsTheRoot) { EXPECT_EQ(*parse_http_url("http://host:81"), (HttpUrl{"host", 81, "/"})); }

}  // namespace
}  // namespace weir::app

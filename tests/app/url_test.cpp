#include "app/url.hpp"

#include <gtest/gtest.h>

namespace weir::app {
namespace {

TEST(Url, WhatCanBeWatchedIsToldApartByItsScheme) {
    EXPECT_EQ(std::get<RtmpUrl>(*parse_watch_url("rtmp://localhost/live/demo/720p")),
              (RtmpUrl{"localhost", 1935, "live", "demo/720p"}));
    EXPECT_EQ(std::get<HttpUrl>(*parse_watch_url("http://host:81/live/demo.flv")),
              (HttpUrl{"host", 81, "/live/demo.flv"}));
    EXPECT_FALSE(parse_watch_url("rtsp://host/live/demo"));
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

#include "endpoint/http_iframes.hpp"

#include "net/route_answers.hpp"
#include "package/rig.hpp"
#include "stream/house.hpp"

#include <gtest/gtest.h>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
using package::test::epoch;
using stream::test::at;

class HttpIFramesTest : public testing::Test {
  protected:
    void SetUp() override {
        package::test::Source source({}, media::Ticks());
        rig.run(source, media::Ticks::seconds(20));
        shelf.made.back()->index = rig.segmenter.index();
        registry.refresh(demo, at(0s));
    }
    net::HttpResponse get(std::string_view target, std::string_view fields = {}) {
        net::HttpResponse response = answers.get(target, fields, at(0s));
        shard.drain();
        return response;
    }

    package::test::Rig rig;
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::Registry registry{{.streams = 10}, shelf.factory()};
    HttpIFrames frames{registry};
    net::RouteAnswers answers{frames.routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, shard, at(0s));
};

TEST_F(HttpIFramesTest, APlayerFindsItsWayFromThePlaylistToAPicture) {
    const auto playlist = get("/live/demo/source/iframes.m3u8");
    EXPECT_EQ(code(playlist.status), 200U);
    EXPECT_EQ(playlist.content_type, "application/vnd.apple.mpegurl");
    const std::string name = fmt::format("{}-{}-0.iframe.mp4", epoch, epoch + 1);
    EXPECT_NE(net::text_of(playlist).find('\n' + name + '\n'), std::string::npos) << net::text_of(playlist);
    const auto picture = get("/live/demo/source/" + name);
    EXPECT_EQ(code(picture.status), 200U);
    EXPECT_EQ(picture.content_type, "video/mp4");
    EXPECT_EQ(net::field_of(picture, "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(net::text_of(picture).substr(4, 4), "styp");
    EXPECT_EQ(code(get("/live/demo/source/" + name, "Range: bytes=0-7\r\n").status), 206U);
}

TEST_F(HttpIFramesTest, WhatThereIsNotIsNotFound) {
    const std::string number = fmt::format("{}-{}", epoch, epoch);
    for (const std::string& target :
         {std::string("/live/none/source/iframes.m3u8"), std::string("/live/demo/none/iframes.m3u8"),
          std::string("/live/demo/audio/iframes.m3u8"), "/live/demo/source/" + number + "-1.iframe.mp4",
          "/live/demo/source/" + number + ".iframe.mp4", "/live/demo/source/" + number + "-00.iframe.mp4"})
        EXPECT_EQ(code(get(target).status), 404U) << target;
}

}  // namespace

}  // namespace weir::endpoint

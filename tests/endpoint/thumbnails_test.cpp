#include "endpoint/thumbnails.hpp"

#include "endpoint/script.hpp"
#include "endpoint/still_worker.hpp"
#include "net/route_answers.hpp"
#include "stream/house.hpp"

#include <gtest/gtest.h>
#include <boost/asio/steady_timer.hpp>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
namespace relay = format::relay;

constexpr std::string_view jpeg = "\xFF\xD8\xFF a picture";

std::vector<relay::Message> words_of_a_worker(std::string_view picture) {
    return {relay::Hello{.program = "a test"},
            relay::Still{.width = 320, .height = 180, .jpeg = base::Bytes::copy_of(picture)}, relay::Drained{}};
}

class ThumbnailsTest : public testing::Test {
  protected:
    explicit ThumbnailsTest(std::string_view picture = jpeg) : script_(words_of_a_worker(picture)) { tick(); }

    void publish() {
        const base::Now now = base::read_clocks();
        const auto publication = demo->publish({.id = "p-1"}, [](auto) {}, now);
        demo->push(*publication, {{stream::test::key(0, 100), stream::test::both()}}, {}, now);
        registry.refresh(demo, now);
    }
    net::HttpResponse get(std::string_view fields = {}) { return answers.get("/live/demo/thumbnail.jpg", fields); }

  private:
    Script script_;
    stream::test::PackagerShelf shelf_;

  protected:
    StillWorkers workers{{.program = script_.path(), .version = "a test", .log = {}, .limits = {.at_once = 1}}};
    stream::Registry registry{
        {.streams = 10}, shelf_.factory(), {}, [this](const auto& id, const auto& keyframe, auto& sink, auto& shard) {
            return workers.create(id, keyframe, sink, shard, base::ByteCount(100U << 20));
        }};
    Thumbnails thumbnails{registry};
    net::RouteAnswers answers{thumbnails.routes()};
    std::shared_ptr<stream::Stream> demo = *registry.open({"live", "demo"}, {}, answers.shard(), base::read_clocks());

  private:
    /// The clock of the streams, while somebody asks.
    void tick() {
        (void)registry.tick(answers.shard(), base::read_clocks());
        timer_.expires_after(20ms);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error) tick();
        });
    }

    boost::asio::steady_timer timer_{answers.shard().context()};
};

TEST_F(ThumbnailsTest, APictureOfNowIsMadeOnceForAllWhoAskWithinSomeSeconds) {
    publish();
    const auto response = get();
    EXPECT_EQ(code(response.status), 200U) << net::text_of(response);
    EXPECT_EQ(response.content_type, "image/jpeg");
    EXPECT_EQ(net::text_of(response), jpeg);
    EXPECT_EQ(net::field_of(response, "Cache-Control").substr(0, 16), "public, max-age=");
    EXPECT_EQ(code(get("If-None-Match: " + response.etag + "\r\n").status), 304U);
    EXPECT_EQ(workers.counts().started.value(), 1U);
    EXPECT_EQ(thumbnails.counts().requests.value(), 2U);
}

TEST_F(ThumbnailsTest, WhereThereIsNoneItIsSaidInWords) {
    const auto without = get();
    EXPECT_EQ(code(without.status), 503U);
    EXPECT_EQ(net::text_of(without), "the stream has no picture yet\n");
    EXPECT_EQ(net::field_of(without, "Retry-After"), "2");
    const auto unknown = answers.get("/live/none/thumbnail.jpg");
    EXPECT_EQ(code(unknown.status), 404U);
    EXPECT_EQ(thumbnails.counts().unavailable.value(), 1U);
}

TEST_F(ThumbnailsTest, NoMoreProcessesAreStartedThanMayRunAtOnce) {
    publish();
    const stream::Entry keyframe{.packet = stream::test::shared(stream::test::key(0, 100)),
                                 .tracks = stream::test::both()};
    struct Deaf final : stream::StillSink {
        void take_still(stream::Still, base::Now) override {}
    } deaf;
    const auto other = workers.create({"live", "other"}, keyframe, deaf, answers.shard(), base::ByteCount(100U << 20));
    ASSERT_NE(other, nullptr);
    const auto response = get();
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::text_of(response), "as many pictures are being made as may be at once\n");
    EXPECT_EQ(workers.counts().refused.value(), 1U);
}

class BadPictureTest : public ThumbnailsTest {
  protected:
    BadPictureTest() : ThumbnailsTest("<script>") {}
};

TEST_F(BadPictureTest, WhatAWorkerSaysIsAPictureIsNotBelieved) {
    publish();
    const auto response = get();
    EXPECT_EQ(code(response.status), 503U);
    EXPECT_EQ(net::text_of(response), "the picture could not be made\n");
}

}  // namespace

}  // namespace weir::endpoint

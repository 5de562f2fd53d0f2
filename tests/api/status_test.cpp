#include "api/status.hpp"

#include "net/route_answers.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gtest/gtest.h>

namespace weir::api {

namespace {

using namespace std::chrono_literals;
using stream::test::at;

class MetricsPage : public testing::Test {
  protected:
    /// Half a second of a stream with sound and the rungs of the studio.
    void publish() {
        const auto stream = *registry.open({"live", "demo"}, {}, shard, at(0s));
        const auto publication = stream->publish({.id = "p-1"}, [](auto) {}, at(0s));
        media::TrackSet tracks = *stream::test::both();
        tracks.tracks.front().announced_bitrate = 4'000'000;
        const auto set = std::make_shared<const media::TrackSet>(std::move(tracks));
        for (int t = 0; t <= 400; t += 40)
            stream->push(*publication, {{stream::test::video(t, t == 0, 100), set}}, {}, at(0s));
        studio.stats[0].encode = {.p50 = 4100us, .p95 = 7900us, .p99 = 12ms};
        studio.stats[0].dropped_overload = 8;
        studio.stats[0].queue_limit = 16;
        studio.stats[1].state = stream::RungState::shed;
        stream->tick(at(100ms));
        registry.refresh(stream, at(1s));
    }
    std::string page() { return net::text_of(answers.get("/metrics")); }

    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::test::Studio studio;
    stream::Registry registry{{.streams = 10}, shelf.factory(), studio.factory()};
    StatusSources sources{registry, [](base::MetricsWriter&) {}, "1"};
    net::RouteAnswers answers{status_routes(sources)};
};

TEST_F(MetricsPage, RungsAndWorkersHaveTheirLines) {
    publish();
    const std::string text = page();
    for (const std::string_view line : {
             "weir_rung_frames_total{stream=\"live/demo\",rung=\"360p\"} 8\n",
             "weir_rung_bytes_total{stream=\"live/demo\",rung=\"360p\"} 80\n",
             "weir_rung_bitrate{stream=\"live/demo\",rung=\"360p\"} 640\n",
             "weir_rung_running{stream=\"live/demo\",rung=\"360p\"} 1\n",
             "weir_rung_running{stream=\"live/demo\",rung=\"180p\"} 0\n",
             "weir_rung_queue_limit{stream=\"live/demo\",rung=\"360p\"} 16\n",
             "weir_rung_dropped_total{stream=\"live/demo\",rung=\"360p\",reason=\"overload\"} 8\n",
             "weir_rung_dropped_total{stream=\"live/demo\",rung=\"360p\",reason=\"sound\"} 0\n",
             "weir_rung_encode_seconds{stream=\"live/demo\",rung=\"360p\",quantile=\"0.95\"} 0.0079\n",
             "weir_worker_restarts_total{stream=\"live/demo\"} 0\n",
             "weir_worker_memory_bytes{stream=\"live/demo\"} 1048576\n",
             "weir_worker_alive{stream=\"live/demo\",kind=\"contexts\"} 0\n",
         })
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST_F(MetricsPage, AStreamWithoutALadderHasNone) {
    studio.makes_nothing = true;
    const auto stream = *registry.open({"live", "demo"}, {}, shard, at(0s));
    registry.refresh(stream, at(1s));
    EXPECT_NE(page().find("weir_input_frames_total{stream=\"live/demo\"}"), std::string::npos);
    EXPECT_EQ(page().find("weir_rung_"), std::string::npos);
    EXPECT_EQ(page().find("weir_worker_"), std::string::npos);
}

}  // namespace

}  // namespace weir::api

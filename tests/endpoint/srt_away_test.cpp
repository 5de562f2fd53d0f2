// The server as a caller: what it fetches from another server over SRT, and what it sends there.
#include "endpoint/srt_house.hpp"
#include "endpoint/srt_puller.hpp"
#include "endpoint/srt_push.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;

std::string address(const SrtHouse& house, std::string_view stream_id) {
    return "srt://127.0.0.1:" + std::to_string(house.port()) + "?streamid=" + std::string(stream_id) + "&latency=60";
}

/// What a pull brings, on any thread.
class Taking final : public PullSink {
  public:
    void connected(PullPeer peer) override { protocol = peer.protocol == "srt"; }
    void track(media::Track, stream::WireClock clock) override { tracks += clock.timescale == 90'000; }
    void sample(stream::Sample sample) override { samples += !sample.payload.empty(); }
    void trouble(std::string_view) override {}
    [[nodiscard]] base::Duration read_done() override { return {}; }
    void over(PullEnd end) override {
        const std::lock_guard lock(mutex_);
        end_ = std::move(end);
    }
    [[nodiscard]] std::optional<PullEnd> end() const {
        const std::lock_guard lock(mutex_);
        return end_;
    }

    std::atomic<bool> protocol{false};
    std::atomic<int> tracks{0};
    std::atomic<int> samples{0};

  private:
    mutable std::mutex mutex_;
    std::optional<PullEnd> end_;
};

PullRequest request(std::string url, std::vector<std::string> networks = {"127.0.0.0/8"}) {
    return {
        .url = std::move(url), .log = {}, .connect = 3s, .silence = 3s, .addresses = base::AddressPolicy::of(networks)};
}

/// Starts on the house's first shard, and lets go there.
class Pulling {
  public:
    Pulling(SrtHouse& house, PullRequest request, PullSink& sink) : house_(house) {
        house_.on_first(
            [&](net::Shard& shard) { puller_ = start_srt_pull(house_.poller(), std::move(request), sink, shard); });
    }
    ~Pulling() {
        house_.on_first([&](net::Shard&) { puller_.reset(); });
    }
    Pulling(const Pulling&) = delete;
    Pulling& operator=(const Pulling&) = delete;

  private:
    SrtHouse& house_;
    std::unique_ptr<Puller> puller_;
};

TEST(SrtAway, AStreamOfAnotherServerIsFetchedUntilItsEnd) {
    config::Config config;
    config.streams.defaults.hold = 0ms;
    SrtHouse house(config);
    SrtCaller publisher(house, "publish:live/demo");
    ASSERT_TRUE(publisher.is_let_in() && publisher.send(clip_as_ts()));
    ASSERT_TRUE(house.comes_to([](const auto& now) { return now.tracks != nullptr && now.input.frames > 10; }));
    Taking sink;
    const Pulling pulling(house, request(address(house, "read:live/demo")), sink);
    EXPECT_TRUE(eventually([&] { return sink.tracks >= 2 && sink.samples > 10; }));
    EXPECT_TRUE(sink.protocol);
    EXPECT_FALSE(sink.end());
    publisher.socket.close();
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return sink.end().has_value();
    }));
    EXPECT_EQ(sink.end()->kind, base::ErrorKind::closed) << sink.end()->text;
}

TEST(SrtAway, WhyAPullDoesNotWorkIsSaid) {
    config::Config config;
    config.srt.passphrase = "a secret of ours";
    SrtHouse house(config);
    struct Row {
        std::string url;
        std::vector<std::string> networks;
        base::ErrorKind kind;
        const char* words;
    };
    const std::vector<std::string> here{"127.0.0.0/8"};
    for (const Row& row : {Row{address(house, "read:live/nothing"), here, base::ErrorKind::not_found, "no such stream"},
                           Row{address(house, "write:live/x"), here, base::ErrorKind::refused, "code 1405"},
                           Row{address(house, "publish:live/x"), here, base::ErrorKind::refused, "passphrase"},
                           Row{address(house, "read:live/x"), {}, base::ErrorKind::refused, "no public address"},
                           Row{"srt://127.0.0.1", here, base::ErrorKind::malformed, "has a port"}}) {
        Taking sink;
        const Pulling pulling(house, request(row.url, row.networks), sink);
        ASSERT_TRUE(eventually([&] { return sink.end().has_value(); })) << row.url;
        EXPECT_EQ(base::name(sink.end()->kind), base::name(row.kind)) << row.url << ": " << sink.end()->text;
        EXPECT_TRUE(sink.end()->text.contains(row.words)) << row.url << ": " << sink.end()->text;
    }
}

TEST(SrtAway, AStreamIsSentToAnotherServerAndTheEndIsToldApart) {
    SrtHouse house;
    SrtCaller publisher(house, "publish:live/demo");
    ASSERT_TRUE(publisher.is_let_in() && publisher.send(clip_as_ts()));
    ASSERT_TRUE(house.comes_to([](const auto& now) { return now.tracks != nullptr && now.input.frames > 10; }));
    std::atomic<bool> is_running{false};
    std::atomic<int> ends{0};
    std::unique_ptr<Pusher> pusher;
    house.on_first([&](net::Shard& shard) {
        const PushScheme scheme = srt_push_scheme({house.poller(), house.hubs(), house.format()});
        EXPECT_TRUE(scheme.check(address(house, "publish:live/copy")));
        EXPECT_FALSE(scheme.check("srt://nowhere"));
        pusher = scheme.create(
            {.url = address(house, "publish:live/copy"),
             .stream = house.registry.find({"live", "demo"}),
             .rung = "source"},
            shard, {.running = [&] { is_running = true; }, .over = [&](PushEnd, const std::string&) { ++ends; }});
        pusher->start(base::read_clocks());
    });
    const auto tick = [&] { house.on_first([&](net::Shard&) { pusher->tick(base::read_clocks()); }); };
    EXPECT_TRUE(eventually([&] {
        tick();
        house.tick();
        const auto copy = house.registry.snapshot({"live", "copy"});
        return is_running && copy != nullptr && copy->tracks != nullptr && copy->input.frames > 0;
    }));
    EXPECT_EQ(ends, 0);
    house.on_first([&](net::Shard&) { pusher.reset(); });
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return house.registry.snapshot({"live", "copy"})->state == stream::State::recovering;
    }));
}

}  // namespace
}  // namespace weir::endpoint

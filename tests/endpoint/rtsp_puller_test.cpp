// The client on real sockets, against our own server.
#include "endpoint/rtsp_puller.hpp"

#include "endpoint/rtsp_publisher.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace weir::endpoint {
namespace {

/// Counts what comes; lives on the shard of the fetch.
class Sink final : public PullSink {
  public:
    void connected(PullPeer peer) override { protocol = peer.protocol == "rtsp"; }
    void track(media::Track track, stream::WireClock) override {
        ++tracks;
        if (track.kind == media::Kind::audio) has_sound = true;
    }
    void sample(stream::Sample) override { ++samples; }
    void trouble(std::string_view) override { ++troubles; }
    base::Duration read_done() override { return {}; }
    void over(PullEnd end) override {
        const std::lock_guard lock(mutex);
        text = end.text;
        is_over = true;
    }
    [[nodiscard]] std::string reason() {
        const std::lock_guard lock(mutex);
        return text;
    }

    std::atomic<bool> protocol{false};
    std::atomic<bool> has_sound{false};
    std::atomic<int> tracks{0};
    std::atomic<int> samples{0};
    std::atomic<int> troubles{0};
    std::atomic<bool> is_over{false};

  private:
    std::mutex mutex;
    std::string text;
};

/// A fetch on a shard of its own.
class Fetch {
  public:
    explicit Fetch(std::string url) {
        shards_.at(0).post([this, url = std::move(url)] {
            PullRequest request{.url = url, .addresses = base::AddressPolicy().with_host("127.0.0.1")};
            puller_ = start_rtsp_pull({counts, udp, memory}, std::move(request), sink, shards_.at(0));
        });
    }
    ~Fetch() {
        shards_.at(0).post([this] { puller_.reset(); });
        EXPECT_TRUE(eventually([this] {
            std::atomic<bool> is_gone{false};
            shards_.at(0).post([&] { is_gone = puller_ == nullptr; });
            return eventually([&] { return is_gone.load(); }, std::chrono::seconds(1));
        }));
        shards_.stop();
    }
    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;

    Sink sink;
    RtpCounts counts;
    std::shared_ptr<RtspUdp> udp = std::make_shared<RtspUdp>();
    base::MemoryLimit memory{base::ByteCount{1U << 30}};

  private:
    net::Shards shards_{1};
    std::unique_ptr<Puller> puller_;
};

std::string url_of(const RtspHouse& house, const std::string& name) {
    return "rtsp://127.0.0.1:" + std::to_string(house.port()) + '/' + name;
}

TEST(RtspPuller, FetchesPictureAndSoundAndEndsWithItsSource) {
    RtspHouse house;
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    Fetch fetch(url_of(house, "live/demo"));
    EXPECT_TRUE(eventually([&] { return fetch.sink.tracks >= 2 && fetch.sink.samples > 10; })) << fetch.sink.reason();
    EXPECT_TRUE(fetch.sink.protocol);
    EXPECT_TRUE(fetch.sink.has_sound);
    const auto stream = house.registry.find({"live", "demo"});
    stream->shard().post([stream] { stream->stop("an operator said so", base::read_clocks()); });
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return fetch.sink.is_over.load();
    }));
    EXPECT_EQ(fetch.counts.packets_lost.value(), 0U);
}

TEST(RtspPuller, OverUdpWhereItsAddressSaysSo) {
    RtspHouse house;
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    Fetch fetch(url_of(house, "live/demo?transport=udp"));
    EXPECT_TRUE(eventually([&] { return fetch.sink.tracks >= 2 && fetch.sink.samples > 10; })) << fetch.sink.reason();
    EXPECT_TRUE(fetch.sink.protocol);
    EXPECT_EQ(fetch.udp->tracks.value(), 2);
    EXPECT_EQ(fetch.udp->strangers.value(), 0U);
    EXPECT_GT(house.endpoint.udp()->sent.value(), 10U);
    EXPECT_EQ(house.endpoint.udp()->tracks.value(), 2);
    const auto stream = house.registry.find({"live", "demo"});
    stream->shard().post([stream] { stream->stop("an operator said so", base::read_clocks()); });
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return fetch.sink.is_over.load();
    }));
}

TEST(RtspPuller, OverTheConnectionWhereTheServerRefusesUdp) {
    RtspHouse house({}, {.udp_tracks = 0});
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    Fetch fetch(url_of(house, "live/demo?transport=udp"));
    EXPECT_TRUE(eventually([&] { return fetch.sink.tracks >= 2 && fetch.sink.samples > 10; })) << fetch.sink.reason();
    EXPECT_EQ(house.endpoint.udp()->sent.value(), 0U);
    EXPECT_TRUE(eventually([&] { return fetch.udp->tracks.value() == 0; })) << "its ports are given back";
}

TEST(RtspPuller, WhatTheServerSaysIsTheReason) {
    RtspHouse house;
    Fetch fetch(url_of(house, "live/none"));
    EXPECT_TRUE(eventually([&] { return fetch.sink.is_over.load(); }));
    EXPECT_NE(fetch.sink.reason().find("no stream of that name is live"), std::string::npos) << fetch.sink.reason();
    Fetch nowhere("rtsp://");
    EXPECT_TRUE(eventually([&] { return nowhere.sink.is_over.load(); }));
    EXPECT_EQ(nowhere.sink.reason(), "the address names no host: it is rtsp://HOST/...");
    Fetch strange(url_of(house, "live/none?transport=sctp"));
    EXPECT_TRUE(eventually([&] { return strange.sink.is_over.load(); }));
    EXPECT_EQ(strange.sink.reason(), "`transport` of an address of RTSP is udp or tcp");
}

}  // namespace
}  // namespace weir::endpoint

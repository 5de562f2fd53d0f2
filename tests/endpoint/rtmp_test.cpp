// The endpoint on real sockets, with our own client machine at the other end. Waits are bounded; nothing depends on how long
// anything takes below that.
#include "endpoint/rtmp.hpp"

#include "net/listener.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "stream/fixtures.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::endpoint {
namespace {

namespace rtmp = proto::rtmp;
using namespace std::chrono_literals;

class NoPackager final : public stream::Packager {
  public:
    void write(const stream::Entry&, base::WallTime) override {}
    void add_rungs(std::span<const Rung>) override {}
    void write_rung(std::size_t, const stream::Entry&, base::WallTime) override {}
    void interrupt_rung(std::size_t) override {}
    void offer_source(bool) override {}
    void end() override {}
    void shorten() override {}
    [[nodiscard]] stream::SegmentIndexRef index() const override { return nullptr; }
};

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within = 5s) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

/// What the journal says, from any thread.
class Lines {
  public:
    void add(std::string_view line) {
        const std::lock_guard lock(mutex_);
        text_ += line;
    }
    [[nodiscard]] bool has(std::string_view words) const {
        const std::lock_guard lock(mutex_);
        return text_.find(words) != std::string::npos;
    }

  private:
    mutable std::mutex mutex_;
    std::string text_;
};

/// An endpoint on two shards, and what it stands on.
class House {
  public:
    explicit House(config::Config changed = {}, RtmpLimits limits = {})
        : config_(shards_, std::make_shared<const config::Config>(std::move(changed))),
          endpoint(shards_,
                   {.registry = registry,
                    .config = config_,
                    .access = [](const config::Config&, const boost::asio::ip::address&,
                                 std::string_view token) -> base::Result<void> {
                        if (token == "wrong") return base::fail(base::ErrorKind::refused, "set auth.publish");
                        return {};
                    },
                    .log = journal_.log()},
                   limits),
          listener_(net::Listener::create(
                        shards_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                        [this](net::Shard& shard, auto socket) { endpoint.serve(shard, std::move(socket)); })
                        .value()) {
        listener_->start();
    }
    ~House() {
        listener_->stop();
        endpoint.close();
        EXPECT_TRUE(eventually([this] { return endpoint.counts().connections.value() == 0; }));
        shards_.stop();
    }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] stream::StreamSnapshotRef snapshot() const { return registry.snapshot({"live", "demo"}); }

    Lines lines;
    stream::Registry registry{{}, [](const auto&, const auto&, base::Now) { return std::make_unique<NoPackager>(); }};

  private:
    base::Journal journal_{base::LogLevel::debug, base::LogFormat::text,
                           [this](std::string_view line) { lines.add(line); }};
    net::Shards shards_{2};
    net::ShardValue<config::Config> config_;

  public:
    RtmpEndpoint endpoint;

  private:
    std::unique_ptr<net::Listener> listener_;
};

int connected_socket(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* raw = &address;
    EXPECT_EQ(::connect(socket, static_cast<const sockaddr*>(raw), sizeof address), 0);
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    return socket;
}

base::Instant now() { return base::read_clocks().instant; }

/// A publisher that is driven by hand.
class Publisher {
  public:
    explicit Publisher(const House& house, std::string key = "demo")
        : socket_(connected_socket(house.port())),
          machine_({.tc_url = "rtmp://h/live", .app = "live", .stream_key = std::move(key)}, now()) {}
    ~Publisher() { hang_up(); }
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    void hang_up() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    /// Moves bytes both ways for a moment.
    void step() {
        const base::Bytes output = machine_.take_output();
        unsent_ += base::as_text(output);
        const ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
        std::array<std::uint8_t, 4096> piece{};
        const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
        closed = closed || got == 0;
        if (got > 0) machine_.receive(base::ByteView(piece).first(static_cast<std::size_t>(got)), now());
        while (auto event = machine_.next_event()) {
            if (auto* end = std::get_if<rtmp::ClientClosed>(&*event)) told = end->text;
            else ready = true;
        }
    }
    [[nodiscard]] bool becomes_ready() {
        return eventually([this] {
                   step();
                   return ready || told;
               }) &&
               ready;
    }
    [[nodiscard]] bool is_told(std::string_view words) {
        return eventually([&] {
            step();
            return told && told->find(words) != std::string::npos;
        });
    }
    /// Sends the tags of the capture, moved by `offset`; `after` each of them it waits.
    void send_clip(std::uint32_t offset = 0, std::chrono::milliseconds after = 0ms) {
        const base::Bytes file = tests::read_capture("flv/x264_aac.flv");
        for (std::size_t at = 13; at + 11 < file.size();) {
            const std::uint8_t* tag = file.data() + at;
            const std::uint32_t size = tag[1] << 16 | tag[2] << 8 | tag[3];
            const std::uint32_t time = tag[7] << 24 | tag[4] << 16 | tag[5] << 8 | tag[6];
            machine_.send(static_cast<rtmp::MessageType>(tag[0]), time + offset, file.slice(at + 11, size));
            at += 11 + size + 4;
            if (after == 0ms) continue;
            step();
            std::this_thread::sleep_for(after);
        }
        step();
    }
    void finish() {
        machine_.finish();
        step();
    }
    [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }

    bool ready = false;
    bool closed = false;
    std::optional<std::string> told;

  private:
    int socket_;
    rtmp::ClientConnection machine_;
    std::string unsent_;
};

TEST(RtmpEndpoint, WhatIsPublishedIsAStreamForViewers) {
    House house;
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 1);
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] { return house.lines.has("avc1.") && house.lines.has("mp4a.40.2"); }));
    ASSERT_NE(house.snapshot(), nullptr);
    EXPECT_EQ(house.snapshot()->publisher->protocol, "rtmp");
    EXPECT_EQ(house.snapshot()->publisher->client, "Weir");
    publisher.finish();
    ASSERT_TRUE(eventually([&] { return house.lines.has("the publisher said goodbye"); }));
    EXPECT_TRUE(eventually([&] { return !house.snapshot()->publisher; }));
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 0);
}

TEST(RtmpEndpoint, APublisherWhoMayNotIsToldWhichKeyToSetAndSoIsTheOperator) {
    House house;
    Publisher publisher(house, "demo?token=wrong");
    EXPECT_TRUE(publisher.is_told("set auth.publish"));
    EXPECT_TRUE(eventually([&] { return house.lines.has("set auth.publish"); }));
    EXPECT_TRUE(eventually([&] {
        publisher.step();
        return publisher.closed;
    }));
    EXPECT_EQ(house.snapshot(), nullptr);
}

TEST(RtmpEndpoint, ANameThatClimbsIsRefusedInWords) {
    House house;
    Publisher publisher(house, "../../etc/passwd");
    EXPECT_TRUE(publisher.is_told("too many parts"));
    EXPECT_TRUE(eventually([&] { return house.lines.has("publisher refused"); }));
}

TEST(RtmpEndpoint, ASecondPublisherIsRefusedWhileTheFirstIsAlive) {
    House house;
    Publisher first(house);
    ASSERT_TRUE(first.becomes_ready());
    first.send_clip();
    Publisher second(house);  // on the other shard
    EXPECT_TRUE(second.is_told("somebody publishes this stream already"));
    first.step();
    EXPECT_FALSE(first.told);
}

TEST(RtmpEndpoint, AReplacedPublisherReadsWhyThoughItIsStillSending) {
    config::Config config;
    config.streams.defaults.takeover = config::Takeover::replace;
    House house(config);
    Publisher first(house);
    ASSERT_TRUE(first.becomes_ready());
    first.send_clip();
    Publisher second(house);
    ASSERT_TRUE(second.becomes_ready());
    EXPECT_TRUE(first.is_told("another publisher took over"));
    second.send_clip();
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().publishing.value() == 1; }));
}

TEST(RtmpEndpoint, AThousandIdleConnectionsCannotKeepAPublisherOut) {
    House house({}, {.waiting = 40});
    Publisher early(house);
    ASSERT_TRUE(early.becomes_ready());
    std::vector<int> idle;
    for (int i = 0; i < 300; ++i) {
        idle.push_back(connected_socket(house.port()));
    }
    Publisher late(house, "other");
    EXPECT_TRUE(late.becomes_ready());
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().connections.value() <= 42; }));
    EXPECT_GE(house.endpoint.counts().refused.value(), 250U);
    early.send_clip();
    EXPECT_TRUE(eventually([&] { return house.lines.has("avc1."); }));
    EXPECT_FALSE(early.told);
    for (const int socket : idle) ::close(socket);
}

TEST(RtmpEndpoint, AStrangerIsLetGoAtOnce) {
    House house;
    const int socket = connected_socket(house.port());
    ASSERT_EQ(::send(socket, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    std::array<char, 16> piece{};
    EXPECT_TRUE(eventually([&] { return ::recv(socket, piece.data(), piece.size(), 0) == 0; }));
    ::close(socket);
}

TEST(RtmpEndpoint, ASourceFasterThanRealTimeIsSlowedAndNotTakenForSilent) {
    config::Config config;
    config.streams.defaults.timeout = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    std::uint32_t offset = 0;
    // An hour of media as fast as the socket takes it; the waiting is longer than the stream's timeout.
    const bool all_sent = eventually(
        [&] {
            for (int i = 0; i < 20 && publisher.unsent() < 200'000; ++i, offset += 1000) publisher.send_clip(offset);
            publisher.step();
            return offset > 3'600'000 || publisher.told.has_value();
        },
        2500ms);
    EXPECT_FALSE(all_sent);
    EXPECT_EQ(publisher.told.value_or(""), "");
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 1);
    EXPECT_LT(house.endpoint.counts().received_bytes.value(), 10'000'000U);
}

TEST(RtmpEndpoint, WhileMemoryIsFullPublishersAreHeldBackAndNotTakenForSilent) {
    config::Config config;
    config.streams.defaults.timeout = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    house.registry.set_limits({.memory = base::ByteCount(0)});
    const std::uint64_t before = house.endpoint.counts().received_bytes.value();
    std::uint32_t offset = 0;
    EXPECT_FALSE(eventually(
        [&] {
            if (publisher.unsent() < 200'000) publisher.send_clip(offset += 1000);
            publisher.step();
            return publisher.told.has_value();
        },
        1500ms));
    EXPECT_EQ(house.endpoint.counts().received_bytes.value(), before);
    house.registry.set_limits({});
    EXPECT_TRUE(eventually([&] {
        publisher.step();
        return house.lines.has("avc1.");
    }));
    EXPECT_FALSE(publisher.told);
}

TEST(RtmpEndpoint, APublisherThatFallsSilentIsLetGoAfterTheStreamsTimeout) {
    config::Config config;
    config.streams.defaults.timeout = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    EXPECT_TRUE(publisher.is_told("no media"));
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().publishing.value() == 0; }));
}

// The clip has 49 tags in 8 KiB.
TEST(RtmpEndpoint, AStreamThatNobodyFollowsIsReadManyPacketsAtATime) {
    config::Config config;
    config.delivery.latency = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] { return house.lines.has("avc1."); }));
    const std::uint64_t before = house.endpoint.counts().reads.value();
    const std::uint64_t bytes_before = house.endpoint.counts().received_bytes.value();
    publisher.send_clip(1000, 2ms);
    ASSERT_TRUE(eventually([&] { return house.endpoint.counts().received_bytes.value() > bytes_before + 8000; }));
    EXPECT_LT(house.endpoint.counts().reads.value() - before, 10U);
}

TEST(RtmpEndpoint, AViewerWhoFollowsGetsEachPacketAsItComes) {
    config::Config config;
    config.delivery.latency = 300ms;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] { return house.lines.has("avc1."); }));
    const std::shared_ptr<stream::Stream> stream = house.registry.find({"live", "demo"});
    const stream::LogSubscriber viewer{&stream->shard(),
                                       std::make_shared<std::function<void(stream::LogBatchRef)>>([](const auto&) {})};
    ASSERT_TRUE(eventually([&] {
        stream->shard().post([=] {
            if (!stream->is_followed())
                (void)stream->open_log("source", stream::test::readable, viewer, base::read_clocks());
        });
        return stream->is_followed();
    }));
    std::uint32_t offset = 0;
    EXPECT_TRUE(eventually([&] {
        const std::uint64_t before = house.endpoint.counts().reads.value();
        publisher.send_clip(offset += 700, 15ms);  // no faster than real time
        return house.endpoint.counts().reads.value() - before > 20;
    }));
}

TEST(RtmpEndpoint, AStoppingServerSaysSo) {
    House house;
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    house.endpoint.close();
    EXPECT_TRUE(publisher.is_told("shutting down"));
}

}  // namespace
}  // namespace weir::endpoint

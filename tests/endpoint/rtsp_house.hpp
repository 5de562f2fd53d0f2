// An RTSP endpoint on two shards with what it stands on, and clients of it that are driven by hand.
#pragma once

#include "endpoint/rtsp.hpp"

#include "endpoint/rtmp_house.hpp"
#include "format/rtp_serializer.hpp"
#include "proto/rtsp/authentication.hpp"
#include "proto/rtsp/reader.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::endpoint {

namespace rtsp = proto::rtsp;

class RtspHouse {
  public:
    explicit RtspHouse(config::Config changed = {}, RtspLimits limits = {})
        : config_(shards_, std::make_shared<const config::Config>(std::move(changed))),
          endpoint(shards_,
                   {.registry = registry,
                    .config = config_,
                    .access = [](const config::Config& config, const boost::asio::ip::address&,
                                 std::string_view token) -> base::Result<void> {
                        if (config.auth.publish != config::PublishAccess::key || token == "key") return {};
                        return base::fail(base::ErrorKind::refused, "publishing needs a key");
                    },
                    .log = journal_.log(),
                    .hubs = hubs_,
                    .formats = {.both = format_, .picture = format_, .sound = format_},
                    .take_place = [this](net::Shard&) -> std::optional<net::HttpPlace> {
                        if (is_full) return std::nullopt;
                        return net::HttpPlace();
                    }},
                   limits),
          listener_(net::Listener::create(
                        shards_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                        [this](net::Shard& shard, auto socket) { endpoint.serve(shard, std::move(socket)); })
                        .value()) {
        std::latch made(static_cast<std::ptrdiff_t>(shards_.count()));
        hubs_.resize(shards_.count());
        for (std::size_t i = 0; i < hubs_.size(); ++i)
            shards_.at(i).post([&, i] {
                hubs_[i] = std::make_unique<net::BroadcastHub>(shards_.at(i), net::IoKind::epoll, registry.memory());
                made.count_down();
            });
        made.wait();
        listener_->start();
    }
    ~RtspHouse() {
        listener_->stop();
        endpoint.close();
        EXPECT_TRUE(eventually([this] { return endpoint.counts().connections.value() == 0; }));
        shards_.stop();
        hubs_.clear();
        registry.clear();
    }
    RtspHouse(const RtspHouse&) = delete;
    RtspHouse& operator=(const RtspHouse&) = delete;

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] stream::StreamSnapshotRef snapshot() const { return registry.snapshot({"live", "demo"}); }
    [[nodiscard]] std::uint32_t viewers() const {
        return registry.find({"live", "demo"})->viewers()[stream::ViewerProtocol::rtsp];
    }
    /// The streams have no clock of their own here.
    void tick() {
        for (std::size_t i = 0; i < shards_.count(); ++i)
            shards_.at(i).post([this, i] { registry.tick(shards_.at(i), base::read_clocks()); });
    }

    std::atomic<bool> is_full{false};
    Lines lines;
    stream::Registry registry{{}, [](const auto&, const auto&, base::Now) { return std::make_unique<NoPackager>(); }};

  private:
    base::Journal journal_{base::LogLevel::debug, base::LogFormat::text,
                           [this](std::string_view line) { lines.add(line); }};
    net::Shards shards_{2};
    net::ShardValue<config::Config> config_;
    std::vector<std::unique_ptr<net::BroadcastHub>> hubs_;

    // The format itself, as app/ adapts it.
    class Serializer final : public stream::Serializer {
      public:
        explicit Serializer(media::Ticks origin) : writer_(origin) {}
        void begin(const media::TrackSet& tracks, base::SlabWriter& out) override { writer_.begin(tracks, out); }
        void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) override {
            writer_.tracks(tracks, at, out);
        }
        void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) override {
            writer_.write(packet, track, out);
        }

      private:
        format::rtp::StreamWriter writer_;
    };
    stream::WireFormat format_{.name = "rtsp",
                               .create = [](media::Ticks origin) -> std::unique_ptr<stream::Serializer> {
                                   return std::make_unique<Serializer>(origin);
                               },
                               .longest = media::Ticks::seconds(86'400)};

  public:
    RtspEndpoint endpoint;

  private:
    std::unique_ptr<net::Listener> listener_;
};

/// One end of a connection, driven by hand: asks, and keeps the packets that come between.
class RtspClient {
  public:
    explicit RtspClient(const RtspHouse& house) : socket_(connected_socket(house.port())) {}
    ~RtspClient() { hang_up(); }
    RtspClient(const RtspClient&) = delete;
    RtspClient& operator=(const RtspClient&) = delete;

    void hang_up() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    /// The response to a request.
    rtsp::Response ask(std::string method, std::string address, rtsp::Fields fields = {}, std::string body = {}) {
        fields.add("CSeq", std::to_string(++sequence_));
        if (!session.empty()) fields.add("Session", session);
        std::string text;
        rtsp::write(rtsp::Request{std::move(method), std::move(address), std::move(fields), std::move(body)}, text);
        const std::size_t before = responses_.size();
        say(text);
        EXPECT_TRUE(eventually([&] {
            step();
            return responses_.size() > before || closed;
        }));
        if (responses_.size() == before) return {.status = 0};
        const std::string_view named = responses_.back().fields.find("Session");
        session = named.substr(0, named.find(';'));
        return responses_.back();
    }
    void say(std::string_view bytes) {
        unsent_ += bytes;
        EXPECT_TRUE(eventually([&] {
            step();
            return unsent_.empty() || closed;
        }));
    }
    void step() {
        const ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
        std::array<std::uint8_t, 65536> piece{};
        const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
        closed = closed || got == 0;
        if (got <= 0) return;
        base::ByteView bytes = base::ByteView(piece).first(static_cast<std::size_t>(got));
        while (auto item = reader_.next(bytes).value()) {
            if (auto* response = std::get_if<rtsp::Response>(&*item)) responses_.push_back(std::move(*response));
            else if (auto* frame = std::get_if<rtsp::Frame>(&*item)) frames.push_back(std::move(*frame));
        }
    }
    [[nodiscard]] bool is_closed() {
        return eventually([&] {
            step();
            return closed;
        });
    }
    [[nodiscard]] bool has_frames(std::size_t count) {
        return eventually([&] {
            step();
            return frames.size() >= count;
        });
    }

    std::string session;
    std::vector<rtsp::Frame> frames;
    bool closed = false;

  private:
    int socket_;
    int sequence_ = 0;
    std::string unsent_;
    rtsp::Reader reader_{rtsp::Limits{}};
    std::vector<rtsp::Response> responses_;
};

}  // namespace weir::endpoint

// An SRT endpoint on two shards with what it stands on, and callers of it that are driven by hand.
#pragma once

#include "endpoint/rtmp_house.hpp"
#include "endpoint/rtmp_media.hpp"
#include "endpoint/srt.hpp"
#include "format/mpegts_demux.hpp"
#include "format/mpegts_serializer.hpp"
#include "net/srt_socket.hpp"
#include "proto/rtmp/media_event.hpp"

#include <gtest/gtest.h>
#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::endpoint {

/// The capture of an RTMP publisher as a transport stream: a second of picture and sound.
inline const std::string& clip_as_ts() {
    static const std::string clip = [] {
        const base::Bytes file = tests::read_capture("flv/x264_aac.flv");
        RtmpMedia media;
        base::ByteWriter out;
        format::mpegts::Muxer muxer{media::Ticks{}};
        media::TrackSetRef tracks;
        for (std::size_t at = 13; at + 11 < file.size();) {
            const std::uint8_t* tag = file.data() + at;
            const std::uint32_t size = tag[1] << 16 | tag[2] << 8 | tag[3];
            const std::uint32_t time = tag[7] << 24 | tag[4] << 16 | tag[5] << 8 | tag[6];
            at += 11 + size + 4;
            if (tag[0] != 8 && tag[0] != 9) continue;
            const auto kind = tag[0] == 9 ? media::Kind::video : media::Kind::audio;
            EXPECT_TRUE(media.receive({.kind = kind, .timestamp = time, .body = file.slice(at - 4 - size, size)},
                                      base::read_clocks(), {}));
            for (const stream::Item& item : media.intake().take()) {
                if (std::exchange(tracks, item.tracks) != item.tracks) muxer.follow(*item.tracks);
                muxer.write(item.packet, format::mpegts::Continuity::goes_on, out);
            }
        }
        return std::string(base::as_text(out.view()));
    }();
    return clip;
}

/// An endpoint on two shards, and what it stands on.
class SrtHouse {
  public:
    explicit SrtHouse(config::Config changed = {}, SrtEndpointLimits limits = {})
        : config_(shards_, std::make_shared<const config::Config>(changed)),
          poller_(net::SrtPoller::create(shards_).value()),
          endpoint(shards_,
                   {.publishing = {.registry = registry, .config = config_, .log = journal_.log()},
                    .poller = *poller_,
                    .access = [](const config::Config&, const boost::asio::ip::address&,
                                 std::string_view token) -> base::Result<void> {
                        if (token == "wrong") return base::fail(base::ErrorKind::refused, "set auth.publish");
                        return {};
                    },
                    .hubs = hubs_,
                    .format = format_,
                    .take_place = [this](net::Shard&) -> std::optional<net::HttpPlace> {
                        if (is_full) return std::nullopt;
                        return net::HttpPlace();
                    }},
                   std::make_shared<const config::Config>(changed), limits),
          listener_(net::SrtListener::create(
                        shards_, *poller_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                        [this](const net::SrtListener::Caller& caller) { return endpoint.admit(caller); },
                        [this](net::Shard& shard, net::SrtSocket socket) { endpoint.serve(shard, std::move(socket)); })
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
    ~SrtHouse() {
        listener_->stop();
        endpoint.close();
        EXPECT_TRUE(eventually([this] { return endpoint.counts().connections.value() == 0; }));
        shards_.stop();
        hubs_.clear();
        registry.clear();
    }
    SrtHouse(const SrtHouse&) = delete;
    SrtHouse& operator=(const SrtHouse&) = delete;

    void set(config::Config config) { config_.set(std::make_shared<const config::Config>(std::move(config))); }
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] stream::StreamSnapshotRef snapshot() const { return registry.snapshot({"live", "demo"}); }
    /// The streams have no clock of their own here.
    void tick() {
        for (std::size_t i = 0; i < shards_.count(); ++i)
            shards_.at(i).post([this, i] { registry.tick(shards_.at(i), base::read_clocks()); });
    }
    [[nodiscard]] bool comes_to(const std::function<bool(const stream::StreamSnapshot&)>& is_so) {
        return eventually([&] {
            tick();
            const auto now = snapshot();
            return now != nullptr && is_so(*now);
        });
    }

    /// Runs there, and waits for it.
    void on_first(const std::function<void(net::Shard&)>& task) {
        std::latch done(1);
        shards_.at(0).post([&] {
            task(shards_.at(0));
            done.count_down();
        });
        done.wait();
    }
    [[nodiscard]] net::SrtPoller& poller() { return *poller_; }
    [[nodiscard]] const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs() const { return hubs_; }
    [[nodiscard]] const stream::WireFormat& format() const { return format_; }

    std::atomic<bool> is_full{false};
    Lines lines;
    stream::Registry registry{{}, [](const auto&, const auto&, base::Now) { return std::make_unique<NoPackager>(); }};

  private:
    base::Journal journal_{base::LogLevel::debug, base::LogFormat::text,
                           [this](std::string_view line) { lines.add(line); }};
    net::Shards shards_{2};
    net::ShardValue<config::Config> config_;
    std::unique_ptr<net::SrtPoller> poller_;
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
        format::mpegts::StreamWriter writer_;
    };
    stream::WireFormat format_{.name = "ts",
                               .create = [](media::Ticks origin) -> std::unique_ptr<stream::Serializer> {
                                   return std::make_unique<Serializer>(origin);
                               },
                               .longest = media::Ticks::seconds(86'400)};

  public:
    SrtEndpoint endpoint;

  private:
    std::unique_ptr<net::SrtListener> listener_;
};

/// The other side of a connection, driven by hand.
class SrtCaller {
  public:
    SrtCaller(const SrtHouse& house, std::string stream_id, std::string passphrase = {})
        : socket(net::SrtSocket::call({.to = {boost::asio::ip::address_v4::loopback(), house.port()},
                                       .stream_id = std::move(stream_id),
                                       .passphrase = std::move(passphrase),
                                       .latency = std::chrono::milliseconds(60)})
                     .value()) {}

    [[nodiscard]] bool is_let_in() {
        return eventually([&] { return socket.state() != net::SrtSocket::State::connecting; }) &&
               socket.state() == net::SrtSocket::State::connected;
    }
    /// The code that it is rejected with.
    [[nodiscard]] int rejection() { return is_let_in() ? 0 : socket.rejection(); }
    [[nodiscard]] bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view message = bytes.substr(0, net::SrtSocket::message_size);
            if (!eventually([&] { return socket.send(base::as_bytes(message)) != net::Flow::blocked; })) return false;
            bytes.remove_prefix(message.size());
        }
        return true;
    }
    /// Takes what has come; false once the connection is over.
    bool receive() {
        std::array<std::uint8_t, net::SrtSocket::longest_message> message{};
        net::SrtSocket::Received received;
        while (received.flow == net::Flow::going) {
            received = socket.receive(message);
            got += base::as_text(base::ByteView(message).first(received.size));
        }
        return received.flow != net::Flow::broken;
    }

    net::SrtSocket socket;
    std::string got;
};

}  // namespace weir::endpoint

// An RTMP endpoint on two shards with what it stands on, and clients of it that are driven by hand.
#pragma once

#include "endpoint/rtmp.hpp"

#include "format/rtmp_serializer.hpp"
#include "net/certificates.hpp"
#include "net/listener.hpp"
#include "net/tls_channel.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "stream/fixtures.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::endpoint {

namespace rtmp = proto::rtmp;

class NoPackager final : public stream::Packager {
  public:
    void write(const stream::Entry&, base::WallTime) override {}
    void set_rungs(std::span<const Rung>) override {}
    void write_rung(std::size_t, const stream::Entry&, base::WallTime) override {}
    void interrupt_rung(std::size_t) override {}
    void offer_source(bool) override {}
    void end() override {}
    void shorten() override {}
    [[nodiscard]] stream::SegmentIndexRef index() const override { return nullptr; }
};

/// A stream of sound of that codec alone, live/demo, as if somebody published it; on the shard.
inline void put_on_air(stream::Registry& registry, base::Executor& shard, media::Codec codec) {
    media::Track track = stream::test::audio_track();
    track.codec = codec;
    const auto tracks = std::make_shared<const media::TrackSet>(media::TrackSet{{track}});
    const base::Now now = base::read_clocks();
    const auto stream = registry.open({"live", "demo"}, {}, shard, now).value();
    const auto publication = stream->publish({.id = "p-1"}, [](auto) {}, now);
    ASSERT_TRUE(publication);
    for (int t = 0; t < 1000; t += 20) stream->push(*publication, {{stream::test::audio(t, 10), tracks}}, {}, now);
    registry.refresh(stream, now);
}

inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds within = std::chrono::seconds(5)) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
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
                    .log = journal_.log(),
                    .hubs = hubs_,
                    .format = format_,
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
        const auto context = net::TlsContext::server(certificates_.make("server", "127.0.0.1"));
        EXPECT_TRUE(context) << context.error();
        tls_listener_ = net::Listener::create(shards_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                                              [this, context = *context](net::Shard& shard, auto socket) {
                                                  endpoint.serve(shard, std::move(socket), context);
                                              })
                            .value();
        listener_->start();
        tls_listener_->start();
    }
    ~House() {
        listener_->stop();
        tls_listener_->stop();
        endpoint.close();
        EXPECT_TRUE(eventually([this] { return endpoint.counts().connections.value() == 0; }));
        stop();
        registry.clear();
    }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    [[nodiscard]] std::uint16_t port(bool tls = false) const { return (tls ? tls_listener_ : listener_)->port(); }
    [[nodiscard]] net::Shards& shards() noexcept { return shards_; }
    [[nodiscard]] const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs() const noexcept { return hubs_; }
    [[nodiscard]] const stream::WireFormat& format() const noexcept { return format_; }
    [[nodiscard]] base::Log log() { return journal_.log(); }
    [[nodiscard]] stream::StreamSnapshotRef snapshot() const { return registry.snapshot({"live", "demo"}); }

    /// Ends the shards and lets go of all viewers.
    void stop() {
        shards_.stop();
        hubs_.clear();
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
        format::rtmp::StreamWriter writer_;
    };
    stream::WireFormat format_{.name = "rtmp",
                               .create = [](media::Ticks origin) -> std::unique_ptr<stream::Serializer> {
                                   return std::make_unique<Serializer>(origin);
                               },
                               .longest = media::Ticks::seconds(86'400)};

  public:
    RtmpEndpoint endpoint;

  private:
    net::Certificates certificates_;
    std::unique_ptr<net::Listener> listener_;
    std::unique_ptr<net::Listener> tls_listener_;
};

inline int connected_socket(std::uint16_t port) {
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

inline base::Instant now() { return base::read_clocks().instant; }

/// One end of a connection, driven by hand.
class Client {
  public:
    Client(const House& house, rtmp::Purpose purpose, std::string app, std::string key, bool tls = false)
        : socket_(connected_socket(house.port(tls))),
          machine_({.tc_url = "rtmp://h/live", .app = std::move(app), .stream_key = std::move(key), .purpose = purpose},
                   now()) {
        if (!tls) return;
        net::TlsBytes first;
        tls_ = net::TlsChannel::connect(net::TlsContext::client({.verify = false}).value(), "127.0.0.1", first);
        unsent_ = base::as_text(first);
    }
    ~Client() { hang_up(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void hang_up() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    /// Moves bytes both ways for a moment.
    void step() {
        const bool may_speak = tls_ == nullptr || tls_->state() == net::TlsChannel::State::open;
        if (may_speak) put(machine_.take_output());
        const ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
        std::array<std::uint8_t, 4096> piece{};
        const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
        closed = closed || got == 0;
        if (got > 0) take(base::ByteView(piece).first(static_cast<std::size_t>(got)));
        while (auto event = machine_.next_event()) {
            if (auto* end = std::get_if<rtmp::ClientClosed>(&*event)) told = end->text;
            else if (const auto* media = std::get_if<rtmp::Media>(&*event)) played.push_back(media->timestamp);
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
    /// Bytes that no machine would say.
    void say(std::string_view bytes) { unsent_ += bytes; }
    /// Sends the tags of the capture, moved by `offset`; `after` each of them it waits.
    void send_clip(std::uint32_t offset = 0, std::chrono::milliseconds after = {}) {
        const base::Bytes file = tests::read_capture("flv/x264_aac.flv");
        for (std::size_t at = 13; at + 11 < file.size();) {
            const std::uint8_t* tag = file.data() + at;
            const std::uint32_t size = tag[1] << 16 | tag[2] << 8 | tag[3];
            const std::uint32_t time = tag[7] << 24 | tag[4] << 16 | tag[5] << 8 | tag[6];
            machine_.send(static_cast<rtmp::MessageType>(tag[0]), time + offset, file.slice(at + 11, size));
            at += 11 + size + 4;
            if (after == std::chrono::milliseconds()) continue;
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
    std::vector<std::uint32_t> played;  ///< the times of the messages of media that came

  private:
    void put(base::ByteView words) {
        net::TlsBytes sealed;
        if (tls_ != nullptr && !words.empty()) tls_->send(words, sealed);
        unsent_ += base::as_text(tls_ != nullptr ? base::ByteView(sealed) : words);
    }
    void take(base::ByteView bytes) {
        if (tls_ == nullptr) return machine_.receive(bytes, now());
        net::TlsBytes opened;
        net::TlsBytes sealed;
        tls_->receive(bytes, opened, sealed);
        unsent_ += base::as_text(sealed);
        machine_.receive(opened, now());
    }

    int socket_;
    std::unique_ptr<net::TlsChannel> tls_;
    rtmp::ClientConnection machine_;
    std::string unsent_;
};

class Publisher : public Client {
  public:
    explicit Publisher(const House& house, std::string key = "demo", bool tls = false)
        : Client(house, rtmp::Purpose::publish, "live", std::move(key), tls) {}
};

class Player : public Client {
  public:
    explicit Player(const House& house, std::string app = "live", std::string key = "demo", bool tls = false)
        : Client(house, rtmp::Purpose::play, std::move(app), std::move(key), tls) {}
    [[nodiscard]] bool has_played(std::size_t messages) {
        return eventually([&] {
            step();
            return played.size() >= messages;
        });
    }
};

}  // namespace weir::endpoint

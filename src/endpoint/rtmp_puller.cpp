#include "endpoint/rtmp_puller.hpp"

#include "format/flv_body_parser.hpp"
#include "format/flv_tags.hpp"
#include "net/admitted_connect.hpp"
#include "net/endpoint_text.hpp"
#include "net/transport.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "proto/rtmp/url.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace flv = format::flv;
namespace rtmp = proto::rtmp;
using asio::ip::tcp;
using base::ErrorKind;

namespace {

constexpr std::size_t input_size = 64U << 10;
constexpr base::Duration between_looks = std::chrono::milliseconds(200);
constexpr stream::WireClock milliseconds{.timescale = 1000, .bits = 32};

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

// One fetch. Its coroutines keep it after its owner has gone; they end at their next step.
class RtmpFetch {
  public:
    RtmpFetch(PullRequest request, rtmp::Url url, PullSink& sink, net::Shard& shard)
        : request_(std::move(request)),
          url_(std::move(url)),
          sink_(&sink),
          transport_(tcp::socket(shard.context())),
          pause_(shard.context()),
          clock_(shard.context()),
          due_(base::read_clocks().instant + request_.connect) {}

    static asio::awaitable<void> run(std::shared_ptr<RtmpFetch> self) {
        if (!co_await self->connect()) co_return;
        while (self->sink_ != nullptr && co_await self->read()) {}
    }

    /// Deadlines, of ours and of the machine.
    static asio::awaitable<void> watch(std::shared_ptr<RtmpFetch> self) {
        while (self->sink_ != nullptr) {
            boost::system::error_code error;
            self->clock_.expires_after(between_looks);
            co_await self->clock_.async_wait(redirect(error));
            if (self->sink_ != nullptr) self->look(base::read_clocks().instant);
        }
    }

    void let_go() {
        sink_ = nullptr;
        transport_.close();
        pause_.cancel();
        clock_.cancel();
    }

  private:
    asio::awaitable<bool> connect() {
        const auto connected =
            co_await net::connect_admitted(transport_.socket(), url_.host, url_.port, request_.addresses);
        if (sink_ == nullptr) co_return false;
        if (!connected) co_return end(connected.error().kind, connected.error().text);
        boost::system::error_code error;
        peer_ = net::print_endpoint(transport_.socket().remote_endpoint(error));
        transport_.socket().non_blocking(true, error);
        transport_.socket().set_option(tcp::no_delay(true), error);
        if (url_.tls && !greet_tls()) co_return false;
        machine_.emplace(rtmp::ClientConnection::Options{.tc_url = rtmp::print_tc_url(url_),
                                                         .app = url_.app,
                                                         .stream_key = url_.key,
                                                         .seed = request_.seed,
                                                         .purpose = rtmp::Purpose::play},
                         base::read_clocks().instant);
        flush();
        co_return true;
    }

    bool greet_tls() {
        auto trust = net::TlsContext::client();
        if (!trust) return end(ErrorKind::internal, trust.error());
        net::TlsBytes hello;
        auto channel = net::TlsChannel::connect(*std::move(trust), url_.host, hello);
        (void)transport_.put(hello, scratch_);
        tcp::socket socket = std::move(transport_.socket());
        transport_ = net::Transport(std::move(socket), std::make_unique<net::TlsLink>(std::move(channel), tls_counts_));
        return true;
    }

    asio::awaitable<bool> read() {
        boost::system::error_code error;
        co_await transport_.socket().async_wait(tcp::socket::wait_read, redirect(error));
        if (sink_ == nullptr) co_return false;
        const net::Transport::Received received = transport_.receive(scratch_);
        machine_->receive(received.bytes, base::read_clocks().instant);
        if (!drain()) co_return false;
        if (received.is_over || error) co_return end(ErrorKind::closed, "the server closed the connection");
        const base::Duration pause = sink_->read_done();
        if (pause <= base::Duration::zero()) co_return true;
        pause_.expires_after(pause);
        co_await pause_.async_wait(redirect(error));
        due_ = base::read_clocks().instant + request_.silence;
        co_return true;
    }

    bool drain() {
        while (auto event = machine_->next_event()) {
            std::visit([this](auto& one) { handle(one); }, *event);
            if (sink_ == nullptr) return false;
        }
        flush();
        return true;
    }

    void handle(const rtmp::Ready&) { sink_->connected({url_.tls ? "rtmps" : "rtmp", peer_, {}}); }
    void handle(rtmp::ClientClosed& closed) { (void)end(closed.kind, std::move(closed.text)); }
    void handle(const rtmp::Media& media) {
        due_ = base::read_clocks().instant + request_.silence;
        auto first = bodies_.receive(flv::tag_type(media.kind), media.timestamp, media.body);
        if (!first) return sink_->trouble(first.error().text);
        for (auto event = *std::move(first); event && sink_ != nullptr; event = bodies_.next()) take(*std::move(event));
    }

    // Of a source with several qualities the first is the stream.
    void take(flv::Event event) {
        if (auto* config = std::get_if<flv::Config>(&event)) {
            if (config->track.id <= media::audio_track_id) sink_->track(std::move(config->track), milliseconds);
        } else if (auto* sample = std::get_if<flv::Sample>(&event);
                   sample != nullptr && sample->track <= media::audio_track_id) {
            sink_->sample({.track = sample->track,
                           .wire_time = sample->dts,
                           .composition_offset = sample->composition_offset,
                           .keyframe = sample->keyframe,
                           .payload = std::move(sample->payload)});
        }
    }

    void look(base::Instant now) {
        if (machine_) {
            machine_->tick(now);
            if (!drain()) return;
        }
        if (transport_.has_kept()) (void)transport_.flush(scratch_);
        if (pause_.expiry() < now && now >= due_) (void)end(ErrorKind::timed_out, "the source sends nothing");
    }

    // Nothing of RTMP is said before TLS has shaken hands.
    void flush() {
        const net::TlsChannel* tls = transport_.tls();
        if (tls != nullptr && tls->state() == net::TlsChannel::State::handshake) return;
        const base::Bytes output = machine_->take_output();
        if (!output.empty()) (void)transport_.put(output, scratch_);
    }

    bool end(ErrorKind kind, std::string text) {
        PullSink* sink = sink_;
        let_go();
        sink->over({kind, std::move(text)});
        return false;
    }

    const PullRequest request_;
    const rtmp::Url url_;
    PullSink* sink_;  ///< null once nobody wants to hear any more
    net::TlsCounts tls_counts_;
    net::Transport transport_;
    net::Scratch scratch_{input_size};
    asio::steady_timer pause_;
    asio::steady_timer clock_;
    base::Instant due_;  ///< until then something has to come
    std::string peer_;
    std::optional<rtmp::ClientConnection> machine_;
    flv::BodyParser bodies_;
};

class RtmpPuller final : public Puller {
  public:
    explicit RtmpPuller(std::shared_ptr<RtmpFetch> fetch) : fetch_(std::move(fetch)) {}
    ~RtmpPuller() override { fetch_->let_go(); }
    RtmpPuller(const RtmpPuller&) = delete;
    RtmpPuller& operator=(const RtmpPuller&) = delete;

  private:
    std::shared_ptr<RtmpFetch> fetch_;
};

}  // namespace

std::unique_ptr<Puller> start_rtmp_pull(PullRequest request, PullSink& sink, net::Shard& shard) {
    auto url = rtmp::parse_url(request.url);
    // An address that is none is found to have no host.
    auto fetch = std::make_shared<RtmpFetch>(std::move(request), url ? *std::move(url) : rtmp::Url{}, sink, shard);
    asio::co_spawn(shard.context(), RtmpFetch::run(fetch), asio::detached);
    asio::co_spawn(shard.context(), RtmpFetch::watch(fetch), asio::detached);
    return std::make_unique<RtmpPuller>(std::move(fetch));
}

}  // namespace weir::endpoint

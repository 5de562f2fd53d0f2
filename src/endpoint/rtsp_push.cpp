#include "endpoint/rtsp_push.hpp"

#include "endpoint/rtsp_names.hpp"
#include "endpoint/rtsp_player.hpp"
#include "endpoint/rtsp_push_inbox.hpp"
#include "net/tcp_figures.hpp"
#include "net/transport.hpp"
#include "proto/rtsp/url.hpp"

#include <unistd.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace rtsp = proto::rtsp;
using asio::ip::tcp;

namespace {

constexpr std::size_t input_size = 4096;
/// From the name of the target to its agreement.
constexpr base::Duration patience = std::chrono::seconds(15);

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

/// What an end in the words of the protocol means to who tries again.
PushEnd push_end_of(base::ErrorKind kind) noexcept {
    if (kind == base::ErrorKind::unsupported) return PushEnd::impossible;
    return kind == base::ErrorKind::refused ? PushEnd::refused : PushEnd::transient;
}

// One attempt: the coroutine has it until the hub has its socket, the pusher and the inbox until they are gone.
class RtspPush final : public RtspPushInbox::Owner {
  public:
    RtspPush(PushOrder order, net::Shard& shard, PushEvents events, std::shared_ptr<RtspPushService> service)
        : order_(std::move(order)),
          url_(*rtsp::parse_url(order_.url)),
          shard_(shard),
          events_(std::move(events)),
          service_(std::move(service)),
          resolver_(shard.context()),
          transport_(tcp::socket(shard.context())) {}
    ~RtspPush() override { close_twin(); }

    static asio::awaitable<void> run(std::shared_ptr<RtspPush> self) {
        self->began_ = base::read_clocks().instant;
        if (self->describe() && co_await self->connect())
            while (co_await self->talk(self)) {}
    }

    void tick(base::Now now) {
        if (is_over_ || is_handed_over_) return;
        if (machine_) {
            machine_->tick(now.instant);
            drain();
        }
        if (now.instant - began_ >= patience) (void)end(PushEnd::transient, "the target does not answer");
    }

    /// The owner wants it no more: nobody is told.
    void abandon() {
        is_over_ = true;
        resolver_.cancel();
        transport_.close();
        if (twin_ >= 0) (void)::shutdown(twin_, SHUT_RDWR);
    }

    [[nodiscard]] PushStats stats() const {
        if (twin_ < 0) return {};
        const net::TcpFigures figures = net::tcp_figures(twin_);
        return {.bytes = figures.sent, .retransmitted = figures.retransmitted, .round_trip = figures.round_trip};
    }

    void left(PushEnd how, const std::string& reason) override {
        close_twin();
        (void)end(how, reason);
    }

  private:
    bool describe() {
        if (order_.tracks == nullptr) return end(PushEnd::transient, "nothing has come of the stream yet");
        play_.stream = order_.stream;
        play_.rung = order_.rung;
        describe_tracks(*order_.tracks, play_);
        return play_.tracks.empty() ? end(PushEnd::impossible, "the stream has nothing that RTP can carry") : true;
    }

    asio::awaitable<bool> connect() {
        boost::system::error_code error;
        const auto addresses = co_await resolver_.async_resolve(url_.host, std::to_string(url_.port), redirect(error));
        if (is_over_) co_return false;
        if (!error) co_await asio::async_connect(transport_.socket(), addresses, redirect(error));
        if (is_over_) co_return false;
        if (error) co_return end(PushEnd::transient, "no connection: " + error.message());
        transport_.socket().set_option(tcp::no_delay(true), error);
        transport_.socket().set_option(asio::socket_base::keep_alive(true), error);
        if (url_.tls && !co_await greet_tls()) co_return false;
        machine_.emplace(rtsp::ClientConnection::Options{.purpose = rtsp::Purpose::publish,
                                                         .address = url_.address,
                                                         .login = url_.login,
                                                         .description = play_.description,
                                                         .filler = random_session_name()},
                         base::read_clocks().instant);
        flush();
        co_return !is_over_;
    }

    asio::awaitable<bool> greet_tls() {
        if (service_->trust == nullptr) co_return end(PushEnd::transient, service_->no_trust);
        net::TlsBytes hello;
        auto channel = net::TlsChannel::connect(service_->trust, url_.host, hello);
        boost::system::error_code error;
        co_await asio::async_write(transport_.socket(), asio::buffer(hello), redirect(error));
        if (is_over_) co_return false;
        if (error) co_return end(PushEnd::transient, "no connection: " + error.message());
        tcp::socket socket = std::move(transport_.socket());
        transport_ =
            net::Transport(std::move(socket), std::make_unique<net::TlsLink>(std::move(channel), service_->tls));
        co_return true;
    }

    // One read and what follows from it; false when the conversation is over, or goes on in the hub.
    asio::awaitable<bool> talk(const std::shared_ptr<RtspPush>& self) {
        boost::system::error_code error;
        co_await transport_.socket().async_wait(tcp::socket::wait_read, redirect(error));
        if (is_over_) co_return false;
        const net::Transport::Received received = transport_.receive(scratch_);
        machine_->receive(received.bytes, base::read_clocks().instant);
        drain();
        if (!is_over_ && (error || received.is_over)) (void)end(PushEnd::transient, why_it_broke());
        if (is_over_) co_return false;
        if (!machine_->is_started()) co_return true;
        hand_over(self);
        co_return false;
    }

    void drain() {
        while (auto event = machine_->next_event()) {
            if (std::holds_alternative<rtsp::TracksRequested>(*event))
                machine_->set_up(play_.tracks, base::read_clocks().instant);
            else if (std::holds_alternative<rtsp::PortsRequested>(*event))
                machine_->close(base::ErrorKind::unsupported, "the target takes no RTP over the connection");
            else if (const auto* closed = std::get_if<rtsp::ClientClosed>(&*event))
                (void)end(push_end_of(closed->kind), closed->text);
        }
        if (!is_over_) flush();
    }

    // Nothing of RTSP is said before TLS has shaken hands.
    void flush() {
        const net::TlsChannel* tls = transport_.tls();
        if (tls != nullptr && tls->state() == net::TlsChannel::State::handshake) return;
        const base::Bytes words = machine_->take_output();
        if (transport_.put(words, scratch_) == net::Flow::broken) (void)end(PushEnd::transient, why_it_broke());
    }

    [[nodiscard]] std::string why_it_broke() const {
        const net::TlsChannel* tls = transport_.tls();
        if (tls != nullptr && !tls->failure().empty()) return "TLS failed: " + tls->failure();
        return "the target closed the connection";
    }

    /// The log's channels are what they are.
    [[nodiscard]] bool agrees() const {
        for (const rtsp::TrackSetup& one : machine_->tracks())
            if (one.transport.channels != play_.tracks[one.track].channels) return false;
        return true;
    }

    // From here on the socket is the hub's. A twin of it stays, to be asked how it goes, and to end it.
    void hand_over(const std::shared_ptr<RtspPush>& self) {
        if (order_.stream->is_over()) return (void)end(PushEnd::drained, "the stream has ended");
        if (!agrees()) return (void)end(PushEnd::impossible, "the target interleaves on channels of its own");
        const stream::WireFormat& format = choose_format(service_->formats, play_, machine_->tracks());
        twin_ = ::dup(transport_.socket().native_handle());
        net::Conduit conduit = transport_.release();
        if (conduit.socket < 0 || twin_ < 0) return (void)end(PushEnd::transient, "no more files can be opened");
        is_handed_over_ = true;
        base::Bytes head = machine_->take_output();
        events_.running();
        auto inbox = std::make_unique<RtspPushInbox>(*std::move(machine_), self);
        machine_.reset();
        const base::Instant now = base::read_clocks().instant;
        service_->hubs[shard_.index()]->add(order_.stream, order_.rung, format,
                                            order_.stream->viewers()[stream::ViewerProtocol::rtsp], std::move(conduit),
                                            {}, std::move(head), now, std::move(inbox));
    }

    bool end(PushEnd how, const std::string& reason) {
        if (std::exchange(is_over_, true)) return false;
        resolver_.cancel();
        transport_.close();
        events_.over(how, reason);
        return false;
    }

    void close_twin() {
        if (twin_ >= 0) ::close(std::exchange(twin_, -1));
    }

    const PushOrder order_;
    const rtsp::Url url_;
    net::Shard& shard_;
    PushEvents events_;
    const std::shared_ptr<RtspPushService> service_;
    tcp::resolver resolver_;
    net::Transport transport_;
    net::Scratch scratch_{input_size};
    RtspPlay play_;                                  ///< what is announced
    std::optional<rtsp::ClientConnection> machine_;  ///< nothing before the connection, and once the hub has it
    base::Instant began_{};
    int twin_ = -1;
    bool is_handed_over_ = false;
    bool is_over_ = false;
};

class RtspPusher final : public Pusher {
  public:
    RtspPusher(PushOrder order, net::Shard& shard, PushEvents events, std::shared_ptr<RtspPushService> service)
        : shard_(shard),
          push_(std::make_shared<RtspPush>(std::move(order), shard, std::move(events), std::move(service))) {}
    ~RtspPusher() override { push_->abandon(); }
    RtspPusher(const RtspPusher&) = delete;
    RtspPusher& operator=(const RtspPusher&) = delete;

    void start(base::Now /*now*/) override { asio::co_spawn(shard_.context(), RtspPush::run(push_), asio::detached); }
    void tick(base::Now now) override { push_->tick(now); }
    [[nodiscard]] PushStats stats() const override { return push_->stats(); }

  private:
    net::Shard& shard_;
    std::shared_ptr<RtspPush> push_;
};

base::Result<void> check(std::string_view url) {
    (void)TRY(rtsp::parse_url(url));
    return {};
}

}  // namespace

std::vector<PushScheme> rtsp_push_schemes(const std::shared_ptr<RtspPushService>& service) {
    const auto create = [service](PushOrder order, net::Shard& shard, PushEvents events) -> std::unique_ptr<Pusher> {
        return std::make_unique<RtspPusher>(std::move(order), shard, std::move(events), service);
    };
    return {{"rtsp", &check, create}, {"rtsps", &check, create}};
}

}  // namespace weir::endpoint

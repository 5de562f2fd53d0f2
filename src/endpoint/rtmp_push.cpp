#include "endpoint/rtmp_push.hpp"

#include "base/byte_writer.hpp"
#include "endpoint/rtmp_push_inbox.hpp"
#include "format/flv_metadata.hpp"
#include "format/rtmp_serializer.hpp"
#include "net/tcp_figures.hpp"
#include "net/transport.hpp"
#include "proto/rtmp/url.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <random>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace rtmp = proto::rtmp;
using asio::ip::tcp;

namespace {

constexpr std::size_t input_size = 4096;
/// From the name of the target to its agreement.
constexpr base::Duration patience = std::chrono::seconds(15);

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::uint64_t random_seed() {
    thread_local std::mt19937_64 random(std::random_device{}());
    return random();
}

// One attempt: the coroutine has it until the hub has its socket, the pusher and the inbox until they are gone.
class RtmpPush final : public RtmpPushInbox::Owner {
  public:
    RtmpPush(PushOrder order, net::Shard& shard, PushEvents events, std::shared_ptr<RtmpPushService> service)
        : order_(std::move(order)),
          url_(*rtmp::parse_url(order_.url)),
          shard_(shard),
          events_(std::move(events)),
          service_(std::move(service)),
          resolver_(shard.context()),
          transport_(tcp::socket(shard.context())) {}
    ~RtmpPush() override { close_twin(); }

    static asio::awaitable<void> run(std::shared_ptr<RtmpPush> self) {
        self->began_ = base::read_clocks().instant;
        if (co_await self->connect())
            while (co_await self->talk(self)) {}
    }

    void tick(base::Now now) {
        if (is_over_ || is_handed_over_) return;
        if (machine_) {
            machine_->tick(now.instant);
            drain();
            if (is_ready_ && !transport_.has_kept()) transport_.cancel();
        }
        if (now.instant - began_ >= patience) end(PushEnd::transient, "the target does not answer");
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
        end(how, reason);
    }

  private:
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
        machine_.emplace(rtmp::ClientConnection::Options{.tc_url = rtmp::print_tc_url(url_),
                                                         .app = url_.app,
                                                         .stream_key = url_.key,
                                                         .chunk_size = format::rtmp::StreamWriter::chunk_size,
                                                         .seed = random_seed()},
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
    asio::awaitable<bool> talk(const std::shared_ptr<RtmpPush>& self) {
        boost::system::error_code error;
        co_await transport_.socket().async_wait(tcp::socket::wait_read, redirect(error));
        if (is_over_) co_return false;
        if (error == asio::error::operation_aborted) error.clear();  // woken: what was kept is gone
        const net::Transport::Received received = transport_.receive(scratch_);
        machine_->receive(received.bytes, base::read_clocks().instant);
        drain();
        if (!is_over_ && (error || received.is_over)) (void)end(PushEnd::transient, why_it_broke());
        if (is_over_) co_return false;
        if (!is_ready_ || transport_.has_kept()) co_return true;
        hand_over(self);
        co_return false;
    }

    void drain() {
        while (auto event = machine_->next_event()) {
            if (std::holds_alternative<rtmp::Ready>(*event)) is_ready_ = true;
            else if (const auto* closed = std::get_if<rtmp::ClientClosed>(&*event))
                (void)end(push_end_of(closed->kind), closed->text);
        }
        if (!is_over_) flush();
    }

    // Nothing of RTMP is said before TLS has shaken hands.
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

    // From here on the socket is the hub's. A twin of it stays, to be asked how it goes, and to end it.
    void hand_over(const std::shared_ptr<RtmpPush>& self) {
        if (order_.stream->is_over()) return (void)end(PushEnd::drained, "the stream has ended");
        if (const auto id = machine_->stream_id(); id != format::rtmp::StreamWriter::stream_id)
            return (void)end(PushEnd::impossible,
                             fmt::format("the target numbers its message stream {}: only 1 can be sent", id));
        tell_metadata();
        twin_ = ::dup(transport_.socket().native_handle());
        net::Conduit conduit = transport_.release();
        if (conduit.socket < 0 || twin_ < 0) return (void)end(PushEnd::transient, "no more files can be opened");
        is_handed_over_ = true;
        base::Bytes head = machine_->take_output();
        events_.running();
        auto inbox = std::make_unique<RtmpPushInbox>(*std::move(machine_), self);
        machine_.reset();
        const base::Instant now = base::read_clocks().instant;
        service_->hubs[shard_.index()]->add(order_.stream, order_.rung, service_->format,
                                            order_.stream->viewers()[stream::ViewerProtocol::rtmp], std::move(conduit),
                                            {}, std::move(head), now, std::move(inbox));
    }

    // As an encoder does; the log says it to players, without the word that has servers keep it.
    void tell_metadata() {
        if (order_.tracks == nullptr) return;
        base::ByteWriter body;
        format::flv::write_metadata(*order_.tracks, body);
        machine_->send(rtmp::MessageType::amf0_data, 0, body.view());
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
    const rtmp::Url url_;
    net::Shard& shard_;
    PushEvents events_;
    const std::shared_ptr<RtmpPushService> service_;
    tcp::resolver resolver_;
    net::Transport transport_;
    net::Scratch scratch_{input_size};
    std::optional<rtmp::ClientConnection> machine_;  ///< nothing before the connection, and once the hub has it
    base::Instant began_{};
    int twin_ = -1;
    bool is_ready_ = false;
    bool is_handed_over_ = false;
    bool is_over_ = false;
};

class RtmpPusher final : public Pusher {
  public:
    RtmpPusher(PushOrder order, net::Shard& shard, PushEvents events, std::shared_ptr<RtmpPushService> service)
        : shard_(shard),
          push_(std::make_shared<RtmpPush>(std::move(order), shard, std::move(events), std::move(service))) {}
    ~RtmpPusher() override { push_->abandon(); }
    RtmpPusher(const RtmpPusher&) = delete;
    RtmpPusher& operator=(const RtmpPusher&) = delete;

    void start(base::Now /*now*/) override { asio::co_spawn(shard_.context(), RtmpPush::run(push_), asio::detached); }
    void tick(base::Now now) override { push_->tick(now); }
    [[nodiscard]] PushStats stats() const override { return push_->stats(); }

  private:
    net::Shard& shard_;
    std::shared_ptr<RtmpPush> push_;
};

base::Result<void> check(std::string_view url) {
    (void)TRY(rtmp::parse_url(url));
    return {};
}

}  // namespace

std::vector<PushScheme> rtmp_push_schemes(const std::shared_ptr<RtmpPushService>& service) {
    const auto create = [service](PushOrder order, net::Shard& shard, PushEvents events) -> std::unique_ptr<Pusher> {
        return std::make_unique<RtmpPusher>(std::move(order), shard, std::move(events), service);
    };
    return {{"rtmp", &check, create}, {"rtmps", &check, create}};
}

}  // namespace weir::endpoint

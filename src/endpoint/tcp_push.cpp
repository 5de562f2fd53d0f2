#include "endpoint/tcp_push.hpp"
#include "endpoint/shared_pusher.hpp"

#include "net/tcp_figures.hpp"
#include "net/transport.hpp"
#include "net/viewer_inbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <unistd.h>

#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t input_size = 4096;
/// From the name of the target to its agreement.
constexpr base::Duration patience = std::chrono::seconds(15);

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

class InboxOwner {
  public:
    virtual ~InboxOwner() = default;
    /// The socket is closed. Once.
    virtual void left(PushFailure how) = 0;
};

// What the target says while the log is sent to it, and goodbye, where the log ends. How that ended it tells its owner when the hub lets
// go of it.
class PushInbox final : public net::ViewerInbox {
  public:
    PushInbox(std::unique_ptr<PushDialogue> dialogue, std::shared_ptr<InboxOwner> owner)
        : dialogue_(std::move(dialogue)), owner_(std::move(owner)) {}
    ~PushInbox() override { owner_->left(std::move(end_)); }
    PushInbox(const PushInbox&) = delete;
    PushInbox& operator=(const PushInbox&) = delete;

    [[nodiscard]] Reply receive(base::ByteView said, base::Now now) override {
        Reply reply;
        auto failure = dialogue_->receive(said, now.instant);
        if (!failure) failure = dialogue_->tick(now.instant);
        if (failure) {
            end_ = *std::move(failure);
            reply.wish = Wish::leave;
        }
        reply.words = dialogue_->take_output();
        return reply;
    }

    [[nodiscard]] base::Bytes farewell() override {
        end_ = {PushEnd::drained, "nothing more comes of the stream"};
        dialogue_->finish();
        return dialogue_->take_output();
    }

    [[nodiscard]] std::size_t most_unread() const noexcept override { return 64U << 10; }

  private:
    const std::unique_ptr<PushDialogue> dialogue_;
    const std::shared_ptr<InboxOwner> owner_;
    PushFailure end_{PushEnd::transient, "the connection was lost, or the target was too slow"};
};

// One attempt: the coroutine has it until the hub has its socket, the pusher and the inbox until they are gone.
class TcpPush final : public InboxOwner {
  public:
    TcpPush(PushOrder order, std::unique_ptr<PushDialogue> dialogue, net::Shard& shard, PushEvents events,
            std::shared_ptr<TcpPushService> service)
        : order_(std::move(order)),
          target_(dialogue->target()),
          shard_(shard),
          events_(std::move(events)),
          service_(std::move(service)),
          dialogue_(std::move(dialogue)),
          resolver_(shard.context()),
          transport_(tcp::socket(shard.context())) {}
    ~TcpPush() override { close_twin(); }

    static asio::awaitable<void> run(std::shared_ptr<TcpPush> self) {
        self->began_ = base::read_clocks().instant;
        if (const auto failure = self->dialogue_->prepare()) self->end(*failure);
        else if (co_await self->connect())
            while (co_await self->talk(self)) {}
    }

    void tick(base::Now now) {
        if (is_over_ || is_handed_over_) return;
        if (has_begun_) {
            go_on(dialogue_->tick(now.instant));
            if (!is_over_ && !is_apart_ && dialogue_->is_ready() && !transport_.has_kept()) transport_.cancel();
        }
        if (!is_apart_ && now.instant - began_ >= patience) end({PushEnd::transient, "the target does not answer"});
    }

    /// The owner wants it no more: nobody is told.
    void abandon() {
        if (!std::exchange(is_over_, true)) finish_apart();
        resolver_.cancel();
        transport_.close();
        if (twin_ >= 0) (void)::shutdown(twin_, SHUT_RDWR);
    }

    [[nodiscard]] PushStats stats() const {
        if (is_apart_) return {.bytes = dialogue_->sent_apart()};
        if (twin_ < 0) return {};
        const net::TcpFigures figures = net::tcp_figures(twin_);
        return {.bytes = figures.sent, .retransmitted = figures.retransmitted, .round_trip = figures.round_trip};
    }

    void left(PushFailure how) override {
        close_twin();
        end(how);
    }

  private:
    asio::awaitable<bool> connect() {
        boost::system::error_code error;
        const auto addresses =
            co_await resolver_.async_resolve(target_.host, std::to_string(target_.port), redirect(error));
        if (is_over_) co_return false;
        if (!error) co_await asio::async_connect(transport_.socket(), addresses, redirect(error));
        if (is_over_) co_return false;
        if (error) co_return end({PushEnd::transient, "no connection: " + error.message()});
        transport_.socket().set_option(tcp::no_delay(true), error);
        transport_.socket().set_option(asio::socket_base::keep_alive(true), error);
        if (target_.tls && !co_await greet_tls()) co_return false;
        has_begun_ = true;
        const PushDialogue::Ends ends{transport_.socket().local_endpoint(error).address(),
                                      transport_.socket().remote_endpoint(error).address()};
        go_on(dialogue_->begin(ends, base::read_clocks().instant));
        co_return !is_over_;
    }

    asio::awaitable<bool> greet_tls() {
        if (service_->trust == nullptr) co_return end({PushEnd::transient, service_->no_trust});
        net::TlsBytes hello;
        auto channel = net::TlsChannel::connect(service_->trust, target_.host, hello);
        boost::system::error_code error;
        co_await asio::async_write(transport_.socket(), asio::buffer(hello), redirect(error));
        if (is_over_) co_return false;
        if (error) co_return end({PushEnd::transient, "no connection: " + error.message()});
        tcp::socket socket = std::move(transport_.socket());
        transport_ =
            net::Transport(std::move(socket), std::make_unique<net::TlsLink>(std::move(channel), service_->tls));
        co_return true;
    }

    // One read and what follows from it; false when the conversation is over, or goes on in the hub.
    asio::awaitable<bool> talk(const std::shared_ptr<TcpPush>& self) {
        boost::system::error_code error;
        co_await transport_.socket().async_wait(tcp::socket::wait_read, redirect(error));
        if (is_over_) co_return false;
        if (error == asio::error::operation_aborted) error.clear();  // woken: what was kept is gone
        const net::Transport::Received received = transport_.receive(scratch_);
        go_on(dialogue_->receive(received.bytes, base::read_clocks().instant));
        if (!is_over_ && (error || received.is_over)) end({PushEnd::transient, why_it_broke()});
        if (is_over_) co_return false;
        if (is_apart_ || !dialogue_->is_ready() || transport_.has_kept()) co_return true;
        if (dialogue_->goes_apart()) co_return send_apart(self);
        hand_over(self);
        co_return false;
    }

    // The connection stays here: what the target says on it goes to the dialogue as before.
    bool send_apart(const std::shared_ptr<TcpPush>& self) {
        if (order_.stream->is_over()) return end({PushEnd::drained, "the stream has ended"});
        is_apart_ = true;
        events_.running();
        if (is_over_) return false;
        dialogue_->send_apart(order_, [this, weak = std::weak_ptr(self)] {
            if (const auto push = weak.lock(); push != nullptr && !is_over_)
                end({PushEnd::drained, "nothing more comes of the stream"});
        });
        return !is_over_;
    }

    void finish_apart() {
        if (!is_apart_) return;
        dialogue_->finish();
        const base::Bytes goodbye = dialogue_->take_output();
        (void)transport_.put(goodbye, scratch_);
    }

    void go_on(const std::optional<PushFailure>& failure) {
        if (failure) end(*failure);
        else flush();
    }

    // Nothing is said before TLS has shaken hands.
    void flush() {
        const net::TlsChannel* tls = transport_.tls();
        if (tls != nullptr && tls->state() == net::TlsChannel::State::handshake) return;
        const base::Bytes words = dialogue_->take_output();
        if (transport_.put(words, scratch_) == net::Flow::broken) end({PushEnd::transient, why_it_broke()});
    }

    [[nodiscard]] std::string why_it_broke() const {
        const net::TlsChannel* tls = transport_.tls();
        if (tls != nullptr && !tls->failure().empty()) return "TLS failed: " + tls->failure();
        return "the target closed the connection";
    }

    // From here on the socket is the hub's. A twin of it stays, to be asked how it goes, and to end it.
    void hand_over(const std::shared_ptr<TcpPush>& self) {
        if (order_.stream->is_over()) return (void)end({PushEnd::drained, "the stream has ended"});
        if (const auto failure = dialogue_->conclude()) return (void)end(*failure);
        twin_ = ::dup(transport_.socket().native_handle());
        net::Conduit conduit = transport_.release();
        if (conduit.socket < 0 || twin_ < 0) return (void)end({PushEnd::transient, "no more files can be opened"});
        is_handed_over_ = true;
        base::Bytes head = dialogue_->take_output();
        events_.running();
        const stream::WireFormat& format = dialogue_->format();
        const stream::ViewerProtocol protocol = dialogue_->protocol();
        auto inbox = std::make_unique<PushInbox>(std::move(dialogue_), self);
        service_->hubs[shard_.index()]->add(order_.stream, order_.rung, format, order_.stream->viewers()[protocol],
                                            std::move(conduit), {}, std::move(head), base::read_clocks().instant,
                                            std::move(inbox));
    }

    bool end(const PushFailure& how) {
        if (std::exchange(is_over_, true)) return false;
        finish_apart();
        resolver_.cancel();
        transport_.close();
        events_.over(how.how, how.reason);
        return false;
    }

    void close_twin() {
        if (twin_ >= 0) ::close(std::exchange(twin_, -1));
    }

    const PushOrder order_;
    const PushDialogue::Target target_;
    net::Shard& shard_;
    PushEvents events_;
    const std::shared_ptr<TcpPushService> service_;
    std::unique_ptr<PushDialogue> dialogue_;  ///< null once the hub has it
    tcp::resolver resolver_;
    net::Transport transport_;
    net::Scratch scratch_{input_size};
    base::Instant began_{};
    int twin_ = -1;
    bool has_begun_ = false;
    bool is_handed_over_ = false;
    bool is_apart_ = false;  ///< media goes its own way
    bool is_over_ = false;
};

}  // namespace

std::unique_ptr<Pusher> make_tcp_pusher(PushOrder order, std::unique_ptr<PushDialogue> dialogue, net::Shard& shard,
                                        PushEvents events, std::shared_ptr<TcpPushService> service) {
    return std::make_unique<SharedPusher<TcpPush>>(
        std::make_shared<TcpPush>(std::move(order), std::move(dialogue), shard, std::move(events), std::move(service)),
        shard);
}

}  // namespace weir::endpoint

#include "endpoint/tcp_fetch.hpp"

#include "base/clock.hpp"
#include "net/admitted_connect.hpp"
#include "net/endpoint_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::ErrorKind;

namespace {

constexpr std::size_t input_size = 64U << 10;
constexpr base::Duration between_looks = std::chrono::milliseconds(200);

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

class TcpFetch::Handle final : public Puller {
  public:
    explicit Handle(std::shared_ptr<TcpFetch> fetch) : fetch_(std::move(fetch)) {}
    ~Handle() override { fetch_->let_go(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

  private:
    std::shared_ptr<TcpFetch> fetch_;
};

TcpFetch::TcpFetch(PullRequest request, Source source, PullSink& sink, net::Shard& shard)
    : request_(std::move(request)),
      source_(std::move(source)),
      sink_(&sink),
      transport_(tcp::socket(shard.context())),
      scratch_(input_size),
      pause_(shard.context()),
      clock_(shard.context()),
      due_(base::read_clocks().instant + request_.connect) {}

std::unique_ptr<Puller> TcpFetch::start(std::shared_ptr<TcpFetch> fetch, net::Shard& shard) {
    asio::co_spawn(shard.context(), run(fetch), asio::detached);
    asio::co_spawn(shard.context(), watch(fetch), asio::detached);
    return std::make_unique<Handle>(std::move(fetch));
}

asio::awaitable<void> TcpFetch::run(std::shared_ptr<TcpFetch> self) {
    do {
        if (!co_await self->connect()) co_return;
        while (self->sink_ != nullptr && co_await self->read()) {}
    } while (self->sink_ != nullptr && std::exchange(self->starts_over_, false));
}

// Deadlines, of ours and of the machine.
asio::awaitable<void> TcpFetch::watch(std::shared_ptr<TcpFetch> self) {
    while (self->sink_ != nullptr) {
        boost::system::error_code error;
        self->clock_.expires_after(between_looks);
        co_await self->clock_.async_wait(redirect(error));
        if (self->sink_ != nullptr) self->look(base::read_clocks());
    }
}

asio::awaitable<bool> TcpFetch::connect() {
    if (!source_.wrong.empty()) co_return end(ErrorKind::malformed, source_.wrong);
    transport_ = net::Transport(tcp::socket(pause_.get_executor()));
    const auto connected =
        co_await net::connect_admitted(transport_.socket(), source_.host, source_.port, request_.addresses);
    if (sink_ == nullptr) co_return false;
    if (!connected) co_return end(connected.error().kind, connected.error().text);
    boost::system::error_code error;
    peer_ = net::print_endpoint(transport_.socket().remote_endpoint(error));
    transport_.socket().non_blocking(true, error);
    transport_.socket().set_option(tcp::no_delay(true), error);
    if (source_.tls && !greet_tls()) co_return false;
    has_begun_ = true;
    begin(base::read_clocks());
    flush();
    co_return true;
}

bool TcpFetch::greet_tls() {
    auto trust = net::TlsContext::client();
    if (!trust) return end(ErrorKind::internal, trust.error());
    net::TlsBytes hello;
    auto channel = net::TlsChannel::connect(*std::move(trust), source_.host, hello);
    (void)transport_.put(hello, scratch_);
    tcp::socket socket = std::move(transport_.socket());
    transport_ = net::Transport(std::move(socket), std::make_unique<net::TlsLink>(std::move(channel), tls_counts_));
    return true;
}

asio::awaitable<bool> TcpFetch::read() {
    boost::system::error_code error;
    co_await transport_.socket().async_wait(tcp::socket::wait_read, redirect(error));
    if (sink_ == nullptr || starts_over_) co_return false;
    const net::Transport::Received received = transport_.receive(scratch_);
    if (!receive(received.bytes, base::read_clocks())) co_return false;
    if (received.is_over || error) co_return end(ErrorKind::closed, why_it_broke());
    const base::Duration pause = sink_->read_done();
    if (pause <= base::Duration::zero()) co_return true;
    pause_.expires_after(pause);
    co_await pause_.async_wait(redirect(error));
    if (sink_ == nullptr || starts_over_) co_return false;
    hear(base::read_clocks());
    resume(base::read_clocks());
    co_return true;
}

std::string TcpFetch::why_it_broke() const {
    const net::TlsChannel* tls = transport_.tls();
    if (tls != nullptr && !tls->failure().empty()) return "TLS failed: " + tls->failure();
    return "the server closed the connection";
}

void TcpFetch::look(base::Now now) {
    if (has_begun_ && !tick(now)) return;
    if (transport_.has_kept()) (void)transport_.flush(scratch_);
    if (pause_.expiry() < now.instant && now.instant >= due_)
        (void)end(ErrorKind::timed_out, "the source sends nothing");
}

// Nothing is said before TLS has shaken hands.
void TcpFetch::flush() {
    const net::TlsChannel* tls = transport_.tls();
    if (tls != nullptr && tls->state() == net::TlsChannel::State::handshake) return;
    const base::Bytes output = take_output();
    if (!output.empty()) put(output);
}

void TcpFetch::start_over(base::Now now) {
    say_goodbye();
    starts_over_ = true;
    due_ = now.instant + request_.connect;
}

asio::ip::address TcpFetch::local_address() {
    boost::system::error_code gone;
    return transport_.socket().local_endpoint(gone).address();
}

asio::ip::address TcpFetch::peer_address() {
    boost::system::error_code gone;
    return transport_.socket().remote_endpoint(gone).address();
}

bool TcpFetch::end(ErrorKind kind, std::string text) {
    PullSink* sink = sink_;
    let_go();
    sink->over({kind, std::move(text)});
    return false;
}

void TcpFetch::let_go() {
    sink_ = nullptr;
    say_goodbye();
    clock_.cancel();
}

void TcpFetch::say_goodbye() {
    if (std::exchange(has_begun_, false)) {
        finish();
        flush();
    }
    transport_.close();
    pause_.cancel();
}

}  // namespace weir::endpoint

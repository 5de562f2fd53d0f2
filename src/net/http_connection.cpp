#include "net/http_connection.hpp"

#include "net/http2_connection.hpp"
#include "proto/http/response.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace proto::http;

asio::awaitable<void> HttpConnection::serve(std::shared_ptr<HttpShard> shard, Transport transport) {
    const bool has_room = shard->make_room();
    std::optional<HttpConnection> connection(std::in_place, shard, std::move(transport));
    if (!has_room) connection->fault_ = HttpFault::connections;
    co_await connection->run();
    if (!connection->http2_) co_return;
    Transport same = std::move(connection->transport_);
    const base::Bytes first = *std::move(connection->http2_);
    connection.reset();
    co_await Http2Connection::serve(std::move(shard), std::move(same), first);
}

HttpConnection::HttpConnection(std::shared_ptr<HttpShard> shard, Transport transport)
    : HttpSession(std::move(shard)),
      transport_(std::move(transport)),
      parser_(service().limits.request),
      now_(base::read_clocks()),
      deadline_(now_.instant + service().limits.header) {
    boost::system::error_code ignored;
    peer_ = transport_.socket().remote_endpoint(ignored);
    transport_.socket().set_option(tcp::no_delay(true), ignored);
    service().counts.accepted.add();
}

asio::awaitable<void> HttpConnection::run() {
    boost::system::error_code ended;  // by a deadline, or by the peer: the next step finds out
    const auto until = [&](tcp::socket::wait_type what) {
        return transport_.socket().async_wait(what, asio::redirect_error(asio::use_awaitable, ended));
    };
    for (;;) {
        switch (advance()) {
            case Step::proceed: break;
            case Step::read:
                // What a handshake has to say goes first.
                co_await until(transport_.has_kept() ? tcp::socket::wait_write : tcp::socket::wait_read);
                if (!fault_ && !receive()) co_return;
                break;
            case Step::write: co_await until(tcp::socket::wait_write); break;
            case Step::answer: {
                try {
                    exchange_->take(co_await exchange_->ask());
                } catch (const std::exception&) {
                    exchange_->fail();
                }
                break;
            }
            case Step::grow: co_await wait_for_growth(); break;
            case Step::close: co_return;
        }
    }
}

asio::awaitable<void> HttpConnection::wait_for_growth() {
    asio::steady_timer timer(shard()->shard.context(), asio::steady_timer::time_point::max());
    growth_awaited_ = &timer;
    chunks_->growth().on_change([&timer] { timer.cancel(); });
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    chunks_->growth().on_change(nullptr);
    growth_awaited_ = nullptr;
}

/// False once the connection is over. What comes after the last answer is read and thrown away.
bool HttpConnection::receive() {
    if (transport_.has_kept()) return transport_.flush(shard()->scratch) != Flow::broken;
    const Transport::Received received = transport_.receive(shard()->scratch);
    if (received.is_over) return false;
    service().counts.received_bytes.add(received.size);
    if (speaks_http2(received.bytes)) http2_ = base::Bytes::copy_of(received.bytes);
    if (http2_) return false;
    if (phase_ != Phase::leaving && !received.bytes.empty()) parser_.receive(received.bytes);
    return true;
}

/// By what ALPN agreed on, or by the first bytes (RFC 9113 3.3): no method begins like that.
bool HttpConnection::speaks_http2(base::ByteView bytes) const noexcept {
    if (phase_ != Phase::half_open || !parser_.is_idle()) return false;
    const TlsChannel* tls = transport_.tls();
    if (tls != nullptr && tls->state() == TlsChannel::State::open && tls->protocol() == "h2") return true;
    return base::as_text(bytes).starts_with("PRI ");
}

HttpConnection::Step HttpConnection::advance() {
    now_ = base::read_clocks();
    if (fault_) return give_up(*std::exchange(fault_, std::nullopt));
    if (phase_ == Phase::leaving) return Step::read;
    if (phase_ == Phase::answering) return respond();
    if (phase_ == Phase::sending) return flush();
    if (phase_ == Phase::growing) return send_more();
    while (auto event = parser_.next_event())
        if (const Step step = take(*event); step != Step::proceed) return step;
    return await_input();
}

HttpConnection::Step HttpConnection::await_input() {
    const bool has_begun = phase_ == Phase::header || phase_ == Phase::body;
    if (!has_begun && !parser_.is_idle()) enter(Phase::header);
    return Step::read;
}

HttpConnection::Step HttpConnection::take(RequestEvent& event) {
    if (auto* request = std::get_if<Request>(&event)) return begin(std::move(*request));
    if (const auto* body = std::get_if<BodyData>(&event)) return collect(body->bytes);
    if (const auto* refusal = std::get_if<Refusal>(&event)) {
        service().counts.faults[fault_of(refusal->status)].add();
        return refuse(refusal->status, refusal->text);
    }
    return answer();
}

HttpConnection::Step HttpConnection::begin(Request request) {
    exchange_ = std::make_unique<HttpExchange>(shard(), std::move(request));
    keep_alive_ = exchange_->request.keep_alive;
    exchange_->route(peer_, now_);
    if (!exchange_->request.has_body()) return Step::proceed;
    enter(Phase::body);
    if (!exchange_->request.expects_continue) return Step::proceed;
    if (exchange_->wants_body()) return send_continue() ? Step::proceed : Step::close;
    keep_alive_ = false;  // the body that nobody wants may come or not
    return answer();
}

HttpConnection::Step HttpConnection::collect(base::ByteView bytes) {
    if (exchange_->collect(bytes)) return Step::proceed;
    return refuse(Status::service_unavailable, "Too many uploads are under way; try again in a moment.");
}

HttpConnection::Step HttpConnection::answer() {
    enter(Phase::answering);
    if (exchange_->has_to_ask()) return Step::answer;
    exchange_->answer();
    return respond();
}

/// The last answer on this connection: what follows in the input is not read as requests any more.
HttpConnection::Step HttpConnection::refuse(Status status, std::string_view text) {
    if (!exchange_) exchange_ = std::make_unique<HttpExchange>(shard(), Request());
    exchange_->refuse(status, text);
    keep_alive_ = false;
    return respond();
}

HttpConnection::Step HttpConnection::give_up(HttpFault fault) {
    service().counts.faults[fault].add();
    if (phase_ == Phase::sending) transport_.forget_unsent();
    if (fault == HttpFault::connections && phase_ == Phase::half_open)
        return refuse(Status::service_unavailable, "The server has as many connections as it takes.");
    if (fault == HttpFault::half_open && phase_ == Phase::header)
        return refuse(Status::service_unavailable, "Too many connections are waiting for their requests.");
    if (phase_ == Phase::header || phase_ == Phase::body)
        return refuse(Status::request_timeout, "The request took too long to arrive.");
    return Step::close;
}

HttpConnection::Step HttpConnection::respond() {
    exchange_->conclude();
    const bool is_head = exchange_->is_head();
    if (exchange_->is_endless() && !is_head) return hand_over();
    if (!is_head && exchange_->growth() != nullptr) {
        const bool is_old = exchange_->request.is_http_1_0;
        keep_alive_ &= !is_old;
        chunks_.emplace(exchange_->growth(), is_old ? HttpChunks::Framing::none : HttpChunks::Framing::chunked);
    }
    const std::string_view head = write_head();
    if (chunks_) return send_next();
    outbox_.put(head, is_head ? std::span<const base::Bytes>() : slices_of(exchange_->response.body));
    enter(Phase::sending);
    return flush();
}

std::string_view HttpConnection::write_head() {
    Persistence persistence = Persistence::close;
    if (keep_alive_)
        persistence = exchange_->request.is_http_1_0 ? Persistence::keep_alive_said : Persistence::keep_alive_unsaid;
    if (exchange_->response.status == Status::switching_protocols) persistence = Persistence::upgrade;
    return exchange_->write_head(persistence, now_.wall);
}

HttpConnection::Step HttpConnection::hand_over() {
    keep_alive_ = false;
    const base::Bytes head = base::Bytes::copy_of(write_head());
    HttpTakeover takeover = std::get<HttpTakeover>(std::move(exchange_->response.body));
    exchange_.reset();
    Conduit conduit = transport_.release();
    if (conduit.socket >= 0) takeover(std::move(conduit), HttpPlace(shard()), head);
    return Step::close;
}

HttpConnection::Step HttpConnection::flush() {
    const Flow flow = outbox_.flush(transport_, shard()->scratch);
    if (flow == Flow::blocked) return Step::write;
    service().counts.sent_bytes.add(outbox_.sent());
    if (flow == Flow::broken) return Step::close;
    return chunks_ ? send_more() : finish();
}

HttpConnection::Step HttpConnection::send_more() {
    shard()->head.clear();
    return send_next();
}

/// Sends what there is of a body that grows, behind what the shard's buffer has of its head.
HttpConnection::Step HttpConnection::send_next() {
    switch (chunks_->next(shard()->head)) {
        case HttpChunks::Next::send:
            outbox_.put(shard()->head, chunks_->slices(), chunks_->tail());
            enter(Phase::sending);
            return flush();
        case HttpChunks::Next::wait: enter(Phase::growing); return Step::grow;
        case HttpChunks::Next::broken: transport_.forget_unsent(); return Step::close;
        case HttpChunks::Next::done: break;
    }
    return finish();
}

HttpConnection::Step HttpConnection::finish() {
    chunks_.reset();
    exchange_.reset();
    if (!keep_alive_) return leave();
    enter(Phase::idle);
    return Step::proceed;
}

/// Closing with unread input would take the answer away from a client that has not read it yet: it closes first, or soon.
HttpConnection::Step HttpConnection::leave() {
    enter(Phase::leaving);
    return transport_.shut_down() ? Step::read : Step::close;
}

bool HttpConnection::send_continue() {
    return transport_.put(base::as_bytes("HTTP/1.1 100 Continue\r\n\r\n"), shard()->scratch) != Flow::broken;
}

void HttpConnection::enter(Phase phase) {
    const HttpLimits& limits = service().limits;
    const bool is_first = phase_ == Phase::half_open;
    phase_ = phase;
    switch (phase) {
        case Phase::half_open: break;
        case Phase::header:  // the first request's time runs since the connection
            if (is_first) return;
            deadline_ = now_.instant + limits.header;
            return queue_up(shard()->busy);
        case Phase::body: deadline_ = now_.instant + limits.body; return queue_up(shard()->busy);
        case Phase::answering:
        case Phase::growing:  // it takes as long as it is made to
            deadline_ = base::Instant::max();
            return queue_up(shard()->busy);
        case Phase::sending:
            deadline_ = now_.instant + limits.slow_window;
            taken_ = 0;
            return queue_up(shard()->busy);
        case Phase::idle:
            deadline_ = now_.instant + limits.idle;
            parser_.release_memory();
            return queue_up(shard()->idle);
        case Phase::leaving:
            deadline_ = now_.instant + limits.linger;
            parser_.release_memory();
            return queue_up(shard()->leaving);
    }
}

void HttpConnection::expire(HttpFault fault) {
    fault_ = fault;
    transport_.cancel();
    if (growth_awaited_ != nullptr) growth_awaited_->cancel();
}

void HttpConnection::abandon() {
    transport_.close();
    if (growth_awaited_ != nullptr) growth_awaited_->cancel();
}

void HttpConnection::check_deadline(base::Instant now) {
    if (now < deadline_) return;
    switch (phase_) {
        case Phase::half_open:
        case Phase::header: return expire(HttpFault::slow_header);
        case Phase::body: return expire(HttpFault::slow_body);
        case Phase::answering:
        case Phase::growing: return;
        case Phase::sending:
            if (is_too_slow() || is_memory_full()) return expire(HttpFault::slow_reader);
            deadline_ = now + service().limits.slow_window;
            return;
        case Phase::idle:
        case Phase::leaving: return abandon();
    }
}

/// Counts what the client's kernel has acknowledged, not what ours has taken from us.
bool HttpConnection::is_too_slow() {
    const std::uint64_t taken = outbox_.sent() - std::min(outbox_.sent(), transport_.unacknowledged());
    const std::uint64_t since = taken - std::min(taken, taken_);
    taken_ = taken;
    return since < service().limits.slow_bytes.bytes();
}

}  // namespace weir::net

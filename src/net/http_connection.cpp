#include "net/http_connection.hpp"

#include "proto/http/response.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace proto::http;

namespace {

HttpFault fault_of(Status status) noexcept {
    switch (status) {
        case Status::content_too_large:
        case Status::uri_too_long:
        case Status::header_fields_too_large: return HttpFault::too_large;
        default: return HttpFault::malformed;
    }
}

StatusClass class_of(Status status) noexcept {
    switch (code(status) / 100) {
        case 1:  // another protocol
        case 2: return StatusClass::success;
        case 3: return StatusClass::redirection;
        case 4: return StatusClass::client_error;
        default: return StatusClass::server_error;
    }
}

HttpResponse failed_answer(const Request& request) {
    return http_error(error_form(request), Status::internal_server_error, "The server failed to make an answer.");
}

}  // namespace

HttpConnection::Exchange::Exchange(HttpShard& its_shard, Request its_request)
    : shard(its_shard),
      request(std::move(its_request)),
      context{.shard = its_shard.shard, .now = {}, .peer = {}, .peer_port = 0, .captures = {}, .body = {}} {}

HttpConnection::Exchange::~Exchange() {
    shard.bodies -= context.body.size();
    shard.answers -= answer_size;
}

asio::awaitable<void> HttpConnection::serve(std::shared_ptr<HttpShard> shard, tcp::socket socket) {
    const bool has_room = shard->make_room();
    HttpConnection connection(std::move(shard), std::move(socket));
    if (!has_room) connection.fault_ = HttpFault::connections;
    co_await connection.run();
}

HttpConnection::HttpConnection(std::shared_ptr<HttpShard> shard, tcp::socket socket)
    : shard_(std::move(shard)),
      socket_(std::move(socket)),
      parser_(shard_->service->limits.request),
      queue_(&shard_->half_open),
      place_(queue_->insert(queue_->end(), this)),
      now_(base::read_clocks()),
      deadline_(now_.instant + shard_->service->limits.header) {
    boost::system::error_code ignored;
    peer_ = socket_.remote_endpoint(ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    HttpCounts& counts = shard_->service->counts;
    counts.accepted.add();
    counts.connections.add();
    counts.half_open.add();
    shard_->watch();
}

HttpConnection::~HttpConnection() {
    HttpCounts& counts = shard_->service->counts;
    counts.connections.subtract();
    counts.half_open.subtract(queue_ == &shard_->half_open ? 1 : 0);
    queue_->erase(place_);
}

asio::awaitable<void> HttpConnection::run() {
    boost::system::error_code ended;  // by a deadline, or by the peer: the next step finds out
    for (;;) {
        switch (advance()) {
            case Step::proceed: break;
            case Step::read:
                co_await socket_.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ended));
                if (!fault_ && !receive()) co_return;
                break;
            case Step::write:
                co_await socket_.async_wait(tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, ended));
                break;
            case Step::answer: co_await ask(std::get<AwaitableHandler>(*exchange_->handler)); break;
            case Step::close: co_return;
        }
    }
}

asio::awaitable<void> HttpConnection::ask(const AwaitableHandler& handler) {
    try {
        exchange_->response = co_await handler(exchange_->request, exchange_->context);
    } catch (const std::exception&) {
        shard_->service->counts.faults[HttpFault::handler].add();
        exchange_->response = failed_answer(exchange_->request);
    }
    exchange_->handler = nullptr;
}

/// False once the connection is over. What comes after the last answer is read and thrown away.
bool HttpConnection::receive() {
    const ssize_t size = ::recv(socket_.native_handle(), shard_->input.data(), shard_->input.size(), MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (size == 0) return false;
    shard_->service->counts.received_bytes.add(static_cast<std::uint64_t>(size));
    if (phase_ != Phase::leaving) parser_.receive(base::ByteView(shard_->input).first(static_cast<std::size_t>(size)));
    return true;
}

HttpConnection::Step HttpConnection::advance() {
    now_ = base::read_clocks();
    if (fault_) return give_up(*std::exchange(fault_, std::nullopt));
    if (phase_ == Phase::leaving) return Step::read;
    if (phase_ == Phase::answering) return respond();
    if (phase_ == Phase::sending) return flush();
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
        shard_->service->counts.faults[fault_of(refusal->status)].add();
        return refuse(refusal->status, refusal->text);
    }
    return answer();
}

HttpConnection::Step HttpConnection::begin(Request request) {
    HttpService& service = *shard_->service;
    service.counts.requests.add();
    exchange_ = std::make_unique<Exchange>(*shard_, std::move(request));
    Exchange& exchange = *exchange_;
    exchange.keep_alive = exchange.request.keep_alive;

    HttpRouter::Match match = service.router.match(exchange.request);
    exchange.audience = match.audience;
    if (match.route != nullptr) exchange.handler = &match.route->handler;
    else exchange.response = *std::move(match.response);
    exchange.context.now = now_;
    exchange.context.captures = match.captures;
    exchange.context.peer = service.proxies.client(peer_.address(), exchange.request);
    exchange.context.peer_port = peer_.port();

    if (!exchange.request.has_body()) return Step::proceed;
    enter(Phase::body);
    if (!exchange.request.expects_continue) return Step::proceed;
    if (exchange.handler != nullptr) return send_continue() ? Step::proceed : Step::close;
    exchange.keep_alive = false;  // the body that nobody wants may come or not
    return answer();
}

HttpConnection::Step HttpConnection::collect(base::ByteView bytes) {
    if (exchange_->handler == nullptr) return Step::proceed;
    if (shard_->bodies + bytes.size() > shard_->service->limits.bodies.bytes()) {
        shard_->service->counts.faults[HttpFault::bodies].add();
        return refuse(Status::service_unavailable, "Too many uploads are under way; try again in a moment.");
    }
    shard_->bodies += bytes.size();
    exchange_->context.body.append(base::as_text(bytes));
    return Step::proceed;
}

HttpConnection::Step HttpConnection::answer() {
    enter(Phase::answering);
    if (exchange_->handler == nullptr) return respond();
    const auto* plain = std::get_if<PlainHandler>(exchange_->handler);
    if (plain == nullptr) return Step::answer;
    try {
        exchange_->response = (*plain)(exchange_->request, exchange_->context);
    } catch (const std::exception&) {
        shard_->service->counts.faults[HttpFault::handler].add();
        exchange_->response = failed_answer(exchange_->request);
    }
    return respond();
}

/// The last answer on this connection: what follows in the input is not read as requests any more.
HttpConnection::Step HttpConnection::refuse(Status status, std::string_view text) {
    const ErrorForm form = exchange_ ? error_form(exchange_->request) : ErrorForm::text;
    if (!exchange_) exchange_ = std::make_unique<Exchange>(*shard_, Request());
    exchange_->handler = nullptr;
    exchange_->keep_alive = false;
    exchange_->response = http_error(form, status, text);
    return respond();
}

HttpConnection::Step HttpConnection::give_up(HttpFault fault) {
    shard_->service->counts.faults[fault].add();
    if (phase_ == Phase::sending) {  // what the kernel still holds for a client that does not take it is thrown away
        boost::system::error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    }
    if (fault == HttpFault::connections && phase_ == Phase::half_open)
        return refuse(Status::service_unavailable, "The server has as many connections as it takes.");
    if (fault == HttpFault::half_open && phase_ == Phase::header)
        return refuse(Status::service_unavailable, "Too many connections are waiting for their requests.");
    if (phase_ == Phase::header || phase_ == Phase::body)
        return refuse(Status::request_timeout, "The request took too long to arrive.");
    return Step::close;
}

HttpConnection::Step HttpConnection::respond() {
    Exchange& exchange = *exchange_;
    HttpResponse& response = exchange.response;
    apply_conditions(exchange.request, response);
    count_answer();
    shard_->service->counts.responses[class_of(response.status)].add();
    const bool is_head = exchange.request.method == Method::head;
    const bool is_endless = std::holds_alternative<HttpTakeover>(response.body);
    if (is_endless && !is_head) return hand_over();
    const bool has_length = !is_endless && !forbids_body(response.status);
    const std::string_view head = write_head(has_length ? std::optional(size_of(response.body)) : std::nullopt);
    outbox_.put(head, is_head ? std::span<const base::Bytes>() : slices_of(response.body));
    enter(Phase::sending);
    return flush();
}

/// Beyond the limit the answer gives way to a few words.
void HttpConnection::count_answer() {
    Exchange& exchange = *exchange_;
    if (!exchange.response.own) return;
    const auto size_now = [&] { return static_cast<std::size_t>(size_of(exchange.response.body)); };
    if (shard_->answers > 0 && shard_->answers + size_now() > shard_->service->limits.answers.bytes()) {
        shard_->service->counts.faults[HttpFault::answers].add();
        exchange.response = http_error(error_form(exchange.request), Status::service_unavailable,
                                       "Too many answers are being sent; try again in a moment.");
    }
    exchange.answer_size = size_now();
    shard_->answers += exchange.answer_size;
}

std::string_view HttpConnection::write_head(std::optional<std::uint64_t> content_length) {
    Exchange& exchange = *exchange_;
    Persistence persistence = Persistence::close;
    if (exchange.keep_alive)
        persistence = exchange.request.is_http_1_0 ? Persistence::keep_alive_said : Persistence::keep_alive_unsaid;
    if (exchange.response.status == Status::switching_protocols) persistence = Persistence::upgrade;
    shard_->head.clear();
    write_response_head({.status = exchange.response.status,
                         .date = shard_->date(now_.wall),
                         .content_type = exchange.response.content_type,
                         .standing_fields = standing_fields(exchange.audience),
                         .fields = exchange.response.fields.text(),
                         .content_length = content_length,
                         .persistence = persistence},
                        shard_->head);
    return shard_->head;
}

HttpConnection::Step HttpConnection::hand_over() {
    exchange_->keep_alive = false;
    const base::Bytes head = base::Bytes::copy_of(write_head(std::nullopt));
    HttpTakeover takeover = std::get<HttpTakeover>(std::move(exchange_->response.body));
    exchange_.reset();
    boost::system::error_code error;
    socket_.native_non_blocking(true, error);
    const int socket = error ? -1 : socket_.release(error);
    if (!error) takeover(socket, HttpPlace(shard_), head);
    return Step::close;
}

HttpConnection::Step HttpConnection::flush() {
    const auto outcome = outbox_.flush(socket_.native_handle());
    if (outcome == HttpOutbox::Outcome::blocked) return Step::write;
    shard_->service->counts.sent_bytes.add(outbox_.sent());
    if (outcome == HttpOutbox::Outcome::broken) return Step::close;
    const bool keep_alive = exchange_->keep_alive;
    exchange_.reset();
    if (!keep_alive) return leave();
    enter(Phase::idle);
    return Step::proceed;
}

/// Closing with unread input would take the answer away from a client that has not read it yet: it closes first, or soon.
HttpConnection::Step HttpConnection::leave() {
    boost::system::error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    enter(Phase::leaving);
    return error ? Step::close : Step::read;
}

bool HttpConnection::send_continue() {
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    const ssize_t sent = ::send(socket_.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(text.size());
}

void HttpConnection::enter(Phase phase) {
    const HttpLimits& limits = shard_->service->limits;
    const bool is_first = phase_ == Phase::half_open;
    phase_ = phase;
    switch (phase) {
        case Phase::half_open: break;
        case Phase::header:  // the first request's time runs since the connection
            if (is_first) return;
            deadline_ = now_.instant + limits.header;
            return queue_up(shard_->busy);
        case Phase::body: deadline_ = now_.instant + limits.body; return queue_up(shard_->busy);
        case Phase::answering: deadline_ = base::Instant::max(); return queue_up(shard_->busy);
        case Phase::sending:
            deadline_ = now_.instant + limits.slow_window;
            taken_ = 0;
            return queue_up(shard_->busy);
        case Phase::idle:
            deadline_ = now_.instant + limits.idle;
            parser_.release_memory();
            return queue_up(shard_->idle);
        case Phase::leaving:
            deadline_ = now_.instant + limits.linger;
            parser_.release_memory();
            return queue_up(shard_->leaving);
    }
}

void HttpConnection::queue_up(HttpShard::Queue& queue) {
    if (queue_ == &queue) return;
    if (queue_ == &shard_->half_open) shard_->service->counts.half_open.subtract();
    queue.splice(queue.end(), *queue_, place_);
    queue_ = &queue;
}

void HttpConnection::expire(HttpFault fault) {
    fault_ = fault;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void HttpConnection::evict(HttpFault fault) {
    queue_up(shard_->leaving);
    expire(fault);
}

void HttpConnection::abandon() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void HttpConnection::check_deadline(base::Instant now) {
    if (now < deadline_) return;
    switch (phase_) {
        case Phase::half_open:
        case Phase::header: return expire(HttpFault::slow_header);
        case Phase::body: return expire(HttpFault::slow_body);
        case Phase::answering: return;
        case Phase::sending:
            if (is_too_slow() || is_memory_full()) return expire(HttpFault::slow_reader);
            deadline_ = now + shard_->service->limits.slow_window;
            return;
        case Phase::idle:
        case Phase::leaving: return abandon();
    }
}

/// What a client is sent stays in memory, whatever leaves its window meanwhile: then each answer has one window of time.
bool HttpConnection::is_memory_full() const noexcept {
    const base::MemoryLimit* memory = shard_->service->memory;
    return memory != nullptr && memory->is_full();
}

/// Counts what the client's kernel has acknowledged, not what ours has taken from us.
bool HttpConnection::is_too_slow() {
    int unacknowledged = 0;
    ::ioctl(socket_.native_handle(), SIOCOUTQ, &unacknowledged);
    const std::uint64_t taken = outbox_.sent() - std::min(outbox_.sent(), static_cast<std::uint64_t>(unacknowledged));
    const std::uint64_t since = taken - std::min(taken, taken_);
    taken_ = taken;
    return since < shard_->service->limits.slow_bytes.bytes();
}

}  // namespace weir::net

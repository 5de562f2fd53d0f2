#include "net/http2_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace proto::http;

namespace {

constexpr std::size_t output_at_once = 32 << 10;
constexpr std::size_t endless_at_once = 16 << 10;  ///< what is read of an endless body
constexpr int endless_in_kernel = 64 << 10;        ///< the same, in the pair of sockets

HttpFault fault_of(H2Fault fault) noexcept {
    switch (fault) {
        case H2Fault::malformed: return HttpFault::malformed;
        case H2Fault::resets: return HttpFault::resets;
        case H2Fault::flood: return HttpFault::flood;
    }
    return HttpFault::malformed;
}

}  // namespace

asio::awaitable<void> Http2Connection::serve(std::shared_ptr<HttpShard> shard, Transport transport, base::Bytes first) {
    const auto self = std::make_shared<Http2Connection>(std::move(shard), std::move(transport));
    self->receive(first);
    boost::system::error_code ended;
    while (!self->is_over_) {
        co_await self->transport_.socket().async_wait(tcp::socket::wait_read,
                                                      asio::redirect_error(asio::use_awaitable, ended));
        if (self->fault_) {
            self->give_up(*std::exchange(self->fault_, std::nullopt));
            continue;
        }
        const Transport::Received received = self->transport_.receive(self->shard()->scratch);
        self->service().counts.received_bytes.add(received.size);
        if (received.is_over) break;
        if (!self->is_leaving_) self->receive(received.bytes);
    }
    self->is_over_ = true;
    self->transport_.close();
    self->drop_all();
}

Http2Connection::Http2Connection(std::shared_ptr<HttpShard> shard, Transport transport)
    : HttpSession(std::move(shard)),
      transport_(std::move(transport)),
      machine_(service().limits.request, service().limits.h2),
      now_(base::read_clocks()),
      deadline_(now_.instant + service().limits.header),
      window_began_(now_.instant) {
    boost::system::error_code ignored;
    peer_ = transport_.socket().remote_endpoint(ignored);
    charge_.set(service().limits.h2.session.bytes());
    service().counts.http2.add();
}

void Http2Connection::receive(base::ByteView bytes) {
    now_ = base::read_clocks();
    machine_.receive(bytes, now_.instant);
    pump();
}

// Whatever changed the machine ends with this: what it has to tell is told, and what it has to say said, until there is neither.
void Http2Connection::pump() {
    for (;;) {
        flush();
        auto event = machine_.next_event();
        if (!event) break;
        for (; event; event = machine_.next_event()) std::visit([this](auto& each) { take(each); }, *event);
    }
    for (const auto& [id, stream] : streams_)
        if (stream->room && machine_.backlog(id) < service().limits.h2.ahead.bytes()) stream->room->cancel();
}

void Http2Connection::flush() {
    while (!is_blocked_ && !is_over_ && !is_leaving_) {
        Flow flow = transport_.has_kept() ? transport_.flush(shard()->scratch) : Flow::going;
        if (flow == Flow::going) {
            shard()->frames.clear();
            machine_.take_output(output_at_once, shard()->frames);
            if (shard()->frames.empty()) return;
            flow = transport_.put(shard()->frames, shard()->scratch);
        }
        if (flow == Flow::blocked) wait_to_write();
        if (flow == Flow::broken) abandon();
    }
}

void Http2Connection::wait_to_write() {
    is_blocked_ = true;
    transport_.socket().async_wait(tcp::socket::wait_write, [self = shared_from_this()](auto error) {
        self->is_blocked_ = false;
        if (error || self->is_over_ || self->is_leaving_) return;
        self->now_ = base::read_clocks();
        self->pump();
    });
}

Http2Connection::StreamRef Http2Connection::find(H2Stream id) const {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second;
}

void Http2Connection::take(H2Request& event) {
    const bool is_first = streams_.empty();
    Request request = event.request ? std::move(*event.request) : Request();
    const auto stream =
        std::make_shared<Http2Stream>(event.stream, shard(), std::move(request), now_.instant, is_first);
    streams_.emplace(event.stream, stream);
    queue_up(shard()->busy);
    if (!event.request) {
        service().counts.faults[fault_of(event.request.error().status)].add();
        return refuse(*stream, event.request.error().status, event.request.error().text);
    }
    stream->exchange.route(peer_, now_);
    if (!is_first && (shard()->is_full() || streams_.size() + orphans_ > service().limits.h2.streams)) {
        service().counts.faults[HttpFault::connections].add();
        return refuse(*stream, Status::service_unavailable, "The server has as many requests as it takes.");
    }
    if (event.is_whole) return;
    if (!stream->exchange.wants_body()) return answer(stream);
    if (stream->exchange.request.expects_continue) machine_.go_on(event.stream);
}

void Http2Connection::take(const H2Body& event) {
    const StreamRef stream = find(event.stream);
    if (stream == nullptr || stream->phase != Http2Stream::Phase::body) return;
    if (!stream->exchange.collect(event.bytes))
        refuse(*stream, Status::service_unavailable, "Too many uploads are under way; try again in a moment.");
}

void Http2Connection::take(const H2End& event) {
    const StreamRef stream = find(event.stream);
    if (stream != nullptr && stream->phase == Http2Stream::Phase::body) answer(stream);
}

void Http2Connection::take(const H2TooLarge& event) {
    const StreamRef stream = find(event.stream);
    if (stream == nullptr || stream->phase != Http2Stream::Phase::body) return;
    service().counts.faults[HttpFault::too_large].add();
    refuse(*stream, Status::content_too_large, "the body is larger than what is taken here");
}

void Http2Connection::take(const H2Gone& event) {
    const auto found = streams_.find(event.stream);
    if (found == streams_.end()) return;
    if (found->second->phase == Http2Stream::Phase::sending) finished_ += event.sent;
    if (!found->second->source) service().counts.sent_bytes.add(event.sent);
    drop(*found->second);
    streams_.erase(found);
    if (!streams_.empty() || is_leaving_) return;
    deadline_ = now_.instant + service().limits.idle;
    queue_up(shard()->idle);
}

void Http2Connection::take(const H2Closed& event) {
    if (event.fault) service().counts.faults[fault_of(*event.fault)].add();
    flush();
    leave();
}

void Http2Connection::answer(const StreamRef& stream) {
    stream->phase = Http2Stream::Phase::answering;
    if (!stream->exchange.has_to_ask()) {
        stream->exchange.answer();
        return respond(stream);
    }
    asio::co_spawn(shard()->shard.context(), ask(shared_from_this(), stream), asio::detached);
}

asio::awaitable<void> Http2Connection::ask(std::shared_ptr<Http2Connection> self, StreamRef stream) {
    try {
        stream->exchange.take(co_await stream->exchange.ask());
    } catch (const std::exception&) {
        stream->exchange.fail();
    }
    if (stream->phase == Http2Stream::Phase::gone) {
        --self->orphans_;
        co_return;
    }
    self->now_ = base::read_clocks();
    self->respond(stream);
    self->pump();
}

void Http2Connection::refuse(Http2Stream& stream, Status status, std::string_view text) {
    stream.exchange.refuse(status, text);
    respond(find(stream.id));
}

void Http2Connection::respond(const StreamRef& stream) {
    HttpExchange& exchange = stream->exchange;
    exchange.conclude();
    stream->phase = Http2Stream::Phase::sending;
    const std::string_view head = exchange.write_head(Persistence::keep_alive_unsaid, now_.wall);
    if (exchange.is_endless() && !exchange.is_head()) return hand_over(stream, head);
    if (exchange.growth() != nullptr && !exchange.is_head()) {
        stream->growth = exchange.growth();
        stream->phase = Http2Stream::Phase::growing;
        machine_.respond(stream->id, head);
        return grow(stream);
    }
    const auto slices = exchange.is_head() ? std::span<const base::Bytes>() : slices_of(exchange.response.body);
    machine_.respond(stream->id, head, {slices.begin(), slices.end()});
}

// Takes what there is of a body that grows, and waits for more where more comes. Whoever calls it pumps.
void Http2Connection::grow(const StreamRef& stream) {
    if (stream->phase != Http2Stream::Phase::growing) return;
    for (base::Bytes& slice : stream->growth->take()) machine_.feed(stream->id, std::move(slice));
    switch (stream->growth->state()) {
        case HttpGrowth::State::growing:
            return stream->growth->on_change([weak = weak_from_this(), stream] {
                const auto self = weak.lock();
                if (self == nullptr || self->is_over_) return;
                self->now_ = base::read_clocks();
                self->grow(stream);
                self->pump();
            });
        case HttpGrowth::State::whole: machine_.finish(stream->id); break;
        case HttpGrowth::State::broken: machine_.reset(stream->id, H2Server::Reset::cancelled); break;
    }
    stream->phase = Http2Stream::Phase::sending;
}

void Http2Connection::hand_over(const StreamRef& stream, std::string_view head) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return machine_.reset(stream->id, H2Server::Reset::cancelled);
    ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &endless_in_kernel, sizeof endless_in_kernel);
    stream->phase = Http2Stream::Phase::endless;
    stream->source.emplace(shard()->shard.context(), ends[0]);
    stream->room.emplace(shard()->shard.context());
    machine_.respond(stream->id, head);
    HttpTakeover takeover = std::get<HttpTakeover>(std::move(stream->exchange.response.body));
    stream->exchange.response.body = std::monostate();
    takeover(ends[1], HttpPlace(shard()), base::Bytes());
    asio::co_spawn(shard()->shard.context(), feed(shared_from_this(), stream), asio::detached);
}

asio::awaitable<void> Http2Connection::feed(std::shared_ptr<Http2Connection> self, StreamRef stream) {
    boost::system::error_code ignored;
    const std::size_t ahead = self->service().limits.h2.ahead.bytes();
    while (stream->phase == Http2Stream::Phase::endless) {
        co_await stream->source->async_wait(asio::posix::stream_descriptor::wait_read,
                                            asio::redirect_error(asio::use_awaitable, ignored));
        if (stream->phase != Http2Stream::Phase::endless) co_return;
        base::Buffer buffer(endless_at_once);
        const ssize_t size = ::read(stream->source->native_handle(), buffer.span().data(), buffer.size());
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (size <= 0) {
            self->machine_.finish(stream->id);
            stream->phase = Http2Stream::Phase::sending;  // what is left has its time, as any answer
        } else self->machine_.feed(stream->id, std::move(buffer).freeze(static_cast<std::size_t>(size)));
        self->now_ = base::read_clocks();
        self->pump();
        if (size <= 0) co_return;
        while (stream->phase == Http2Stream::Phase::endless && self->machine_.backlog(stream->id) >= ahead) {
            stream->room->expires_at(base::Instant::max());
            co_await stream->room->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
    }
}

void Http2Connection::give_up(HttpFault fault) {
    service().counts.faults[fault].add();
    if (fault == HttpFault::slow_reader) {
        transport_.forget_unsent();
        is_over_ = true;
        return;
    }
    machine_.shut_down();
    flush();
    leave();
}

// As over HTTP/1.1 the client closes first, or soon.
void Http2Connection::leave() {
    if (std::exchange(is_leaving_, true)) return;
    deadline_ = base::read_clocks().instant + service().limits.linger;
    queue_up(shard()->leaving);
    drop_all();
    if (!transport_.shut_down()) abandon();
}

void Http2Connection::drop(Http2Stream& stream) {
    if (stream.phase == Http2Stream::Phase::answering) ++orphans_;
    stream.end();
}

void Http2Connection::drop_all() {
    for (const auto& [id, stream] : std::exchange(streams_, {})) drop(*stream);
}

void Http2Connection::expire(HttpFault fault) {
    fault_ = fault;
    transport_.cancel();
}

void Http2Connection::abandon() {
    is_over_ = true;
    transport_.close();
}

void Http2Connection::check_deadline(base::Instant now) {
    if (is_leaving_) {
        if (now >= deadline_) abandon();
        return;
    }
    check_header(now);
    if (!streams_.empty()) return check_streams(now);
    if (now < deadline_) return;
    machine_.shut_down();
    flush();
    leave();
}

void Http2Connection::check_header(base::Instant now) {
    if (!machine_.is_in_header()) return header_since_.reset();
    if (!header_since_) header_since_ = now;
    if (now - *header_since_ > service().limits.header) expire(HttpFault::slow_header);
}

// Each answer that has been under way for a whole window has its share of what the client must take of them; one whose own window the
// client has kept shut for as long is reset.
void Http2Connection::check_streams(base::Instant now) {
    const HttpLimits& limits = service().limits;
    std::vector<StreamRef> late;
    for (const auto& [id, stream] : streams_)
        if (stream->phase == Http2Stream::Phase::body && now - stream->since > limits.body) late.push_back(stream);
    for (const StreamRef& stream : late) {
        service().counts.faults[HttpFault::slow_body].add();
        refuse(*stream, Status::request_timeout, "The request took too long to arrive.");
    }
    if (now - window_began_ >= limits.slow_window) {
        window_began_ = now;
        std::uint64_t due = 0;
        for (const auto& [id, stream] : streams_) {
            if (stream->phase != Http2Stream::Phase::sending) continue;
            const std::uint64_t sent = machine_.sent(id);
            if (stream->was_sending && sent == stream->sent_before && machine_.is_window_shut(id)) {
                service().counts.faults[HttpFault::slow_reader].add();
                machine_.reset(id, H2Server::Reset::enough);
            } else if (stream->was_sending) {
                due += limits.slow_bytes.bytes();
            }
            stream->was_sending = true;
            stream->sent_before = sent;
        }
        const std::uint64_t taken = taken_by_client();
        const std::uint64_t since = taken - std::min(taken, std::exchange(taken_, taken));
        if (due > 0 && (since < due || is_memory_full())) return expire(HttpFault::slow_reader);
    }
    pump();
}

std::uint64_t Http2Connection::taken_by_client() {
    std::uint64_t sent = finished_;
    for (const auto& [id, stream] : streams_)
        if (stream->phase == Http2Stream::Phase::sending) sent += machine_.sent(id);
    return sent - std::min(sent, transport_.unacknowledged());
}

}  // namespace weir::net

#include "endpoint/srt_feed.hpp"

#include "base/clock.hpp"
#include "format/mpegts_packets.hpp"
#include "net/viewer_inbox.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <sys/socket.h>

namespace weir::endpoint {

namespace asio = boost::asio;
using net::Flow;

namespace {

/// How long a player may take for the end of the log.
constexpr base::Duration patience = std::chrono::seconds(5);
/// More than the other side's latency, for what is on its way.
constexpr base::Duration on_the_way = std::chrono::milliseconds(50);

// A player that only listens. The hub hears when it goes.
class Listening final : public net::ViewerInbox {
  public:
    [[nodiscard]] Reply receive(base::ByteView /*said*/, base::Now /*now*/) override { return {}; }
    [[nodiscard]] base::Bytes farewell() override { return {}; }
    [[nodiscard]] std::size_t most_unread() const noexcept override { return 0; }
};

}  // namespace

SrtFeed::SrtFeed(net::Shard& shard, net::SrtPoller& poller, net::SrtSocket socket, const net::SrtLimits& limits)
    : shard_(shard), poller_(poller), socket_(std::move(socket)), limits_(limits), source_(shard.context()) {}

SrtFeed::~SrtFeed() {
    *alive_ = false;
    end("it was let go");
}

base::Result<void> SrtFeed::begin(net::BroadcastHub& hub, SrtProgram program) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return base::fail(base::ErrorKind::io, "the process has no more sockets");
    source_.assign(ends[0]);
    hub.add(std::move(program.stream), program.rung, program.format, program.viewers, net::Conduit(ends[1]),
            std::move(program.place), {}, program.asked, std::make_unique<Listening>());
    poller_.watch(shard_, socket_.id(), [this] { hear(); });
    is_watched_ = true;
    wait_for_more();
    return {};
}

// There is room again, or the connection is broken. What a player says is nothing to us.
void SrtFeed::hear() {
    if (is_over()) return;
    std::array<std::uint8_t, net::SrtSocket::longest_message> said;
    net::SrtSocket::Received received;
    while (received.flow == Flow::going) received = socket_.receive(said);
    if (received.flow == Flow::broken) return end("the connection has ended");
    pump();
}

bool SrtFeed::is_congested() const noexcept { return socket_.unsent().span > limits_.unsent_time; }

// Sends what there is: full messages, and at the end of a frame the packets that are left.
void SrtFeed::pump() {
    if (is_over() || ended_at_ || is_congested()) return;
    while (true) {
        while (last_ - first_ >= net::SrtSocket::message_size)
            if (!send(net::SrtSocket::message_size)) return;
        std::ranges::copy(std::span(buffer_).subspan(first_, last_ - first_), buffer_.begin());
        last_ -= std::exchange(first_, 0);
        const ssize_t got = ::read(source_.native_handle(), buffer_.data() + last_, buffer_.size() - last_);
        if (got > 0) {
            last_ += static_cast<std::size_t>(got);
            continue;
        }
        const bool has_ended = got == 0 || (errno != EAGAIN && errno != EINTR);
        const std::size_t whole = last_ - last_ % format::mpegts::packet_size;
        if (whole > 0 && !send(whole)) return;
        if (!has_ended) return wait_for_more();
        ended_at_ = base::read_clocks().instant;
        return;
    }
}

// False: not now, or never again.
bool SrtFeed::send(std::size_t size) {
    const Flow flow = socket_.send(std::span(buffer_).subspan(first_, size));
    if (flow == Flow::broken) end("the connection has ended");
    if (flow == Flow::going) first_ += size;
    return flow == Flow::going;
}

void SrtFeed::wait_for_more() {
    if (std::exchange(waits_, true)) return;
    source_.async_wait(asio::posix::stream_descriptor::wait_read, [this, alive = alive_](auto error) {
        if (error || !*alive) return;
        waits_ = false;
        pump();
    });
}

void SrtFeed::tick(base::Now now) {
    hear();
    if (!is_over() && ended_at_) say_farewell(now.instant);
}

// The log is over: the other side gets the time to acknowledge all of it, and to show it. Closing throws that away.
void SrtFeed::say_farewell(base::Instant now) {
    if (socket_.unsent().bytes == 0 && !emptied_at_) emptied_at_ = now;
    const bool is_shown = emptied_at_ && now - *emptied_at_ >= socket_.peer_latency() + on_the_way;
    if (is_shown || now - *ended_at_ >= patience) end("the stream has ended, or has no picture yet");
}

void SrtFeed::end(std::string_view reason) {
    if (is_over()) return;
    reason_ = reason;
    if (std::exchange(is_watched_, false)) poller_.forget(shard_, socket_.id());
    socket_.close();
    boost::system::error_code ignored;
    source_.close(ignored);
}

}  // namespace weir::endpoint

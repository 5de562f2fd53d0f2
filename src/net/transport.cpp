#include "net/transport.hpp"

#include <algorithm>
#include <cerrno>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace weir::net {

using boost::asio::ip::tcp;

namespace {

/// iovec has no const; sendmsg does not write.
iovec run_of(base::ByteView bytes) noexcept { return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; }

constexpr std::string_view wrong_door =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 56\r\n\r\n"
    "This port speaks TLS: the address begins with https://.\n";

}  // namespace

Transport::Transport(tcp::socket socket, std::unique_ptr<TlsLink> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {}

Transport::Received Transport::receive(Scratch& scratch) {
    const int socket = socket_.native_handle();
    const ssize_t size = ::recv(socket, scratch.input.data(), scratch.input.size(), MSG_DONTWAIT);
    if (size < 0) return {.bytes = {}, .is_over = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR};
    if (size == 0) return {.bytes = {}, .is_over = true};
    const base::ByteView bytes = base::ByteView(scratch.input).first(static_cast<std::size_t>(size));
    if (tls_ == nullptr) return {.bytes = bytes, .size = bytes.size()};
    const Flow flow = tls_->receive(socket, bytes, scratch);
    // Whoever comes with plain HTTP is told where it went wrong.
    if (flow == Flow::broken && tls_->channel().failure() == "http request")
        (void)::send(socket, wrong_door.data(), wrong_door.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    const bool has_ended = tls_->channel().state() == TlsChannel::State::ended && scratch.plaintext.empty();
    return {.bytes = scratch.plaintext, .size = bytes.size(), .is_over = flow == Flow::broken || has_ended};
}

TlsLink::Sent Transport::send(std::span<const iovec> runs, Scratch& scratch) {
    while (!kept_.empty()) {
        const iovec kept = run_of(kept_);
        const TlsLink::Sent sent = send_now({&kept, 1}, scratch);
        kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(sent.size));
        if (kept_.empty()) kept_ = {};
        if (sent.flow != Flow::going) return {0, sent.flow};
    }
    return send_now(runs, scratch);
}

TlsLink::Sent Transport::send_now(std::span<const iovec> runs, Scratch& scratch) {
    return tls_ != nullptr ? tls_->send(socket_.native_handle(), runs, scratch) : send_plain(runs);
}

TlsLink::Sent Transport::send_plain(std::span<const iovec> runs) {
    std::size_t size = 0;
    for (const iovec& run : runs) size += run.iov_len;
    if (size == 0) return {};
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(runs.data());
    message.msg_iovlen = runs.size();
    const ssize_t taken = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno == EINTR) return {};
    if (taken < 0) return {0, errno == EAGAIN || errno == EWOULDBLOCK ? Flow::blocked : Flow::broken};
    const auto sent = static_cast<std::size_t>(taken);
    return {sent, sent < size ? Flow::blocked : Flow::going};
}

Flow Transport::put(base::ByteView bytes, Scratch& scratch) {
    for (;;) {
        const iovec run = run_of(bytes);
        const TlsLink::Sent sent = send({&run, 1}, scratch);
        if (sent.flow == Flow::broken) return Flow::broken;
        bytes = bytes.subspan(sent.size);
        if (sent.flow == Flow::going && !bytes.empty()) continue;
        kept_.insert(kept_.end(), bytes.begin(), bytes.end());
        return sent.flow;
    }
}

std::uint64_t Transport::unacknowledged() {
    int in_kernel = 0;
    ::ioctl(socket_.native_handle(), SIOCOUTQ, &in_kernel);
    return static_cast<std::uint64_t>(in_kernel) + kept_.size() + (tls_ ? tls_->kept().size() : 0);
}

bool Transport::shut_down() {
    if (tls_ != nullptr) tls_->say_end(socket_.native_handle());
    boost::system::error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    return !error;
}

void Transport::forget_unsent() {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
}

void Transport::cancel() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Transport::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

Conduit Transport::release() {
    boost::system::error_code error;
    socket_.native_non_blocking(true, error);
    const int socket = error ? -1 : socket_.release(error);
    if (error) return -1;
    return {socket, std::move(tls_)};
}

}  // namespace weir::net

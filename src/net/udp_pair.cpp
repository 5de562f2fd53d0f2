#include "net/udp_pair.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::udp;
using base::ErrorKind;

namespace {

constexpr int bind_attempts = 50;
constexpr int socket_buffer = 1 << 20;  // as far as the system goes along: a keyframe comes at once
constexpr std::size_t read_at_once = 16;

/// What the pairs of one thread read into.
struct ReadScratch {
    std::array<std::array<std::uint8_t, UdpPair::largest>, read_at_once> bytes;
    std::array<iovec, read_at_once> runs;
    std::array<sockaddr_storage, read_at_once> from;
    std::array<mmsghdr, read_at_once> messages;
};

ReadScratch& scratch() {
    thread_local const auto one = std::make_unique<ReadScratch>();
    for (std::size_t i = 0; i < read_at_once; ++i) {
        one->runs[i] = {one->bytes[i].data(), one->bytes[i].size()};
        one->messages[i] = {};
        one->messages[i].msg_hdr.msg_name = &one->from[i];
        one->messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
        one->messages[i].msg_hdr.msg_iov = &one->runs[i];
        one->messages[i].msg_hdr.msg_iovlen = 1;
    }
    return *one;
}

udp::endpoint endpoint_of(const sockaddr_storage& address, socklen_t size) {
    udp::endpoint endpoint;
    std::memcpy(endpoint.data(), &address, std::min<std::size_t>(size, endpoint.capacity()));
    endpoint.resize(size);
    return endpoint;
}

}  // namespace

UdpPair::UdpPair(asio::io_context& context) : sockets_{udp::socket(context), udp::socket(context)} {}
UdpPair::~UdpPair() { *alive_ = false; }

base::Result<std::unique_ptr<UdpPair>> UdpPair::create(asio::io_context& context, const asio::ip::address& local) {
    std::unique_ptr<UdpPair> pair(new UdpPair(context));
    for (int i = 0; i < bind_attempts; ++i)
        if (pair->bind(local)) return pair;
    return base::fail(ErrorKind::io, "the system has no pair of ports left");
}

// Any port first; then the one beside it, so that the lower is even.
bool UdpPair::bind(const asio::ip::address& local) {
    boost::system::error_code error;
    const auto open = [&](udp::socket& socket, std::uint16_t port) {
        socket.close(error);
        socket.open(local.is_v4() ? udp::v4() : udp::v6(), error);
        if (!error) socket.bind({local, port}, error);
        boost::system::error_code ignored;
        socket.non_blocking(true, ignored);
        socket.set_option(asio::socket_base::receive_buffer_size(socket_buffer), ignored);
        socket.set_option(asio::socket_base::send_buffer_size(socket_buffer), ignored);
        return !error;
    };
    if (!open(sockets_[0], 0)) return false;
    const std::uint16_t found = sockets_[0].local_endpoint(error).port();
    if (error) return false;
    const bool is_even = found % 2 == 0;
    if (!open(sockets_[1], is_even ? found + 1 : found - 1)) return false;
    if (!is_even) std::swap(sockets_[0], sockets_[1]);
    port_ = is_even ? found : found - 1;
    return true;
}

void UdpPair::start(std::function<void()> ready) {
    ready_ = std::move(ready);
    wait(Half::rtp);
    wait(Half::rtcp);
}

void UdpPair::wait(Half half) {
    socket(half).async_wait(udp::socket::wait_read, [this, alive = alive_, half](auto error) {
        if (error || !*alive) return;
        ready_();
        if (*alive) wait(half);
    });
}

std::span<const UdpPair::Datagram> UdpPair::receive() {
    datagrams_.clear();
    ReadScratch& into = scratch();
    for (const Half half : {Half::rtp, Half::rtcp}) {
        const int count =
            ::recvmmsg(socket(half).native_handle(), into.messages.data(), read_at_once, MSG_DONTWAIT, nullptr);
        for (int i = 0; i < count; ++i) {
            const mmsghdr& message = into.messages[static_cast<std::size_t>(i)];
            const bool is_cut = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0;
            const base::ByteView bytes(into.bytes[static_cast<std::size_t>(i)]);
            datagrams_.push_back({half,
                                  endpoint_of(into.from[static_cast<std::size_t>(i)], message.msg_hdr.msg_namelen),
                                  bytes.first(is_cut ? 0 : message.msg_len)});
        }
        if (count > 0) break;
    }
    return datagrams_;
}

std::size_t UdpPair::send(Half half, const Endpoint& to, std::span<const Outgoing> datagrams) {
    std::array<mmsghdr, at_once> messages{};
    Endpoint address = to;
    std::size_t count = 0;
    for (const Outgoing& datagram : datagrams.first(std::min(datagrams.size(), at_once))) {
        msghdr& header = messages[count++].msg_hdr;
        header.msg_name = address.data();
        header.msg_namelen = static_cast<socklen_t>(address.size());
        header.msg_iov = const_cast<iovec*>(datagram.runs.data());  // sendmmsg does not write
        header.msg_iovlen = datagram.runs.size();
    }
    const int sent =
        ::sendmmsg(socket(half).native_handle(), messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

}  // namespace weir::net

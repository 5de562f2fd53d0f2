#include "net/srt_udp.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::udp;
using base::ErrorKind;
using base::fail;

namespace {

// Of a packet as a filter sees it: UDP's header, then SRT's, then what it carries: a handshake (SRT draft, 3.2.1), or the first and
// the last of the packets that a sender has given up (3.2.9).
constexpr std::uint32_t srt_header = 8;
constexpr std::uint32_t content = srt_header + 16;
constexpr std::uint32_t packet_size_at = content + 12;
constexpr std::uint32_t window_at = content + 16;
constexpr std::uint32_t first_dropped_at = content;
constexpr std::uint32_t last_dropped_at = content + 4;
constexpr std::uint32_t handshake_type = 0x8000;  ///< a control packet, of the first type
constexpr std::uint32_t drop_request_type = 0x8007;
constexpr std::uint32_t sequence_numbers = 0x7fff'ffff;
constexpr std::uint32_t least_packet_size = 500;
constexpr std::uint32_t most_packet_size = 65'535;

// Lets everything through but handshakes with a window or a packet size that makes no sense, and requests to drop more than a window.
bool filter_packets(int socket, std::uint32_t most_window) {
    std::array<sock_filter, 16> program{{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, srt_header),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, drop_request_type, 0, 6),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first_dropped_at),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, last_dropped_at),
        BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, sequence_numbers),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, most_window, 7, 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, handshake_type, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, packet_size_at),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, least_packet_size, 0, 4),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, most_packet_size, 3, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, window_at),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, most_window, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    }};
    const sock_fprog attached{.len = program.size(), .filter = program.data()};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) == 0;
}

// IPv4 too.
void serve_both(int socket) {
    constexpr int off = 0;
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
}

}  // namespace

SrtUdp::SrtUdp(SrtUdp&& other) noexcept : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}

SrtUdp::~SrtUdp() {
    if (socket_ >= 0) ::close(socket_);
}

base::Result<SrtUdp> SrtUdp::listen(const config::ListenAddress& address, const SrtLimits& limits) {
    if (address.host.empty()) return bind(udp::endpoint(udp::v6(), address.port), limits);
    boost::system::error_code bad;
    const auto host = asio::ip::make_address(address.host, bad);
    if (bad) return fail(ErrorKind::malformed, "a host to listen on is an IP address of this machine");
    return bind(udp::endpoint(host, address.port), limits);
}

base::Result<SrtUdp> SrtUdp::towards(const udp::endpoint& peer, const SrtLimits& limits) {
    return bind(udp::endpoint(peer.protocol(), 0), limits);
}

base::Result<SrtUdp> SrtUdp::bind(const udp::endpoint& at, const SrtLimits& limits) {
    SrtUdp udp_socket(::socket(at.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int socket = udp_socket.socket_;
    if (socket < 0) return fail(ErrorKind::io, "no socket could be opened for SRT");
    if (at.protocol() == udp::v6() && at.address().is_unspecified()) serve_both(socket);
    if (!filter_packets(socket, limits.window)) return fail(ErrorKind::io, "the kernel does not filter packets");
    if (::bind(socket, at.data(), static_cast<socklen_t>(at.size())) != 0) {
        if (errno == EADDRINUSE) return fail(ErrorKind::io, "the address is in use by another program");
        return fail(ErrorKind::io, "the address is not one of this machine, or not allowed");
    }
    udp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(socket, bound.data(), &size) == 0) udp_socket.port_ = bound.port();
    return udp_socket;
}

}  // namespace weir::net

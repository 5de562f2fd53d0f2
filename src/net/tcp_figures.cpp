#include "net/tcp_figures.hpp"

#include <arpa/inet.h>
#include <array>

// Not <netinet/tcp.h>, whose tcp_info ends before what is asked for; the two cannot be had together.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace weir::net {

TcpFigures tcp_figures(int socket) noexcept {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
    return {.sent = info.tcpi_bytes_acked,
            .retransmitted = info.tcpi_bytes_retrans,
            .round_trip = std::chrono::microseconds(info.tcpi_rtt)};
}

std::string peer_of(int socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    void* const raw = &storage;
    if (::getpeername(socket, static_cast<sockaddr*>(raw), &size) != 0) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto* address = static_cast<const sockaddr_in*>(raw);
        ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
        return std::string(text.data()) + ':' + std::to_string(ntohs(address->sin_port));
    }
    if (storage.ss_family != AF_INET6) return {};
    const auto* address = static_cast<const sockaddr_in6*>(raw);
    const std::string port = ':' + std::to_string(ntohs(address->sin6_port));
    if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr)) {
        ::inet_ntop(AF_INET, &address->sin6_addr.s6_addr[12], text.data(), text.size());
        return text.data() + port;
    }
    ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
    return '[' + std::string(text.data()) + ']' + port;
}

}  // namespace weir::net

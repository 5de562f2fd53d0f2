#include "net/tcp_figures.hpp"

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

}  // namespace weir::net

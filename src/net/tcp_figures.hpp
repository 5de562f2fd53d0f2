// What the kernel knows of a TCP connection (tcp(7), TCP_INFO), and who is at its other end.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string>

namespace weir::net {

struct TcpFigures {
    std::uint64_t sent = 0;           ///< bytes that the peer has acknowledged
    std::uint64_t retransmitted = 0;  ///< bytes
    base::Duration round_trip{};
};

/// All zero where the kernel does not say.
[[nodiscard]] TcpFigures tcp_figures(int socket) noexcept;

/// "192.0.2.7:50112", "[2001:db8::1]:50112": IPv4 peers of an IPv6 listener in their own form; empty where there is no such end.
[[nodiscard]] std::string peer_of(int socket);

}  // namespace weir::net

// What the kernel knows of a TCP connection (tcp(7), TCP_INFO).
#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace weir::net {

struct TcpFigures {
    std::uint64_t sent = 0;           ///< bytes that the peer has acknowledged
    std::uint64_t retransmitted = 0;  ///< bytes
    base::Duration round_trip{};
};

/// All zero where the kernel does not say.
[[nodiscard]] TcpFigures tcp_figures(int socket) noexcept;

}  // namespace weir::net

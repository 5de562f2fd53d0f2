// The UDP socket under SRT. The library believes what a handshake says of the peer's window and packet size: it reserves memory for the
// one and divides by the other. And when a sender says which packets it has given up, the one thread that receives for all connections
// of the socket goes through them number by number: two thousand million of them stop everybody. So the kernel throws away what no
// honest peer sends before the library sees it.
#pragma once

#include "base/result.hpp"
#include "config/values.hpp"
#include "net/srt_limits.hpp"

#include <boost/asio/ip/udp.hpp>

#include <cstdint>

namespace weir::net {

/// A socket that is bound and filtered. Owned here until it is given to the library.
class SrtUdp {
  public:
    /// No host: all addresses, IPv6 and IPv4. Fails with `io` when the address is taken or not ours.
    [[nodiscard]] static base::Result<SrtUdp> listen(const config::ListenAddress& address, const SrtLimits& limits);
    /// On any port, to talk to `peer`.
    [[nodiscard]] static base::Result<SrtUdp> towards(const boost::asio::ip::udp::endpoint& peer,
                                                      const SrtLimits& limits);
    ~SrtUdp();
    SrtUdp(SrtUdp&& other) noexcept;
    SrtUdp& operator=(SrtUdp&&) = delete;

    [[nodiscard]] int socket() const noexcept { return socket_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// The library has it.
    void release() noexcept { socket_ = -1; }

  private:
    explicit SrtUdp(int socket) noexcept : socket_(socket) {}
    [[nodiscard]] static base::Result<SrtUdp> bind(const boost::asio::ip::udp::endpoint& at, const SrtLimits& limits);

    int socket_;
    std::uint16_t port_ = 0;
};

}  // namespace weir::net

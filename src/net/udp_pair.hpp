// Two UDP sockets on neighboring ports, the even one for RTP and the next for its RTCP (RFC 3550 11). Nothing in it waits but the
// wake-up that its owner asked for. Lives on its shard.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>

namespace weir::net {

class UdpPair {
  public:
    using Endpoint = boost::asio::ip::udp::endpoint;
    enum class Half : std::uint8_t { rtp, rtcp };

    struct Datagram {
        Half half = Half::rtp;
        Endpoint from;
        base::ByteView bytes;  ///< until the next call
    };
    /// A datagram to send, in pieces.
    struct Outgoing {
        std::span<const iovec> runs;
    };

    /// Binds to `local`, an address of this machine. `io` where the system has no such ports left.
    [[nodiscard]] static base::Result<std::unique_ptr<UdpPair>> create(boost::asio::io_context& context,
                                                                       const boost::asio::ip::address& local);
    ~UdpPair();
    UdpPair(const UdpPair&) = delete;
    UdpPair& operator=(const UdpPair&) = delete;

    [[nodiscard]] std::uint16_t rtp_port() const noexcept { return port_; }

    /// Calls `ready` whenever something has come; it reads until there is nothing more. Once.
    void start(std::function<void()> ready);
    /// What has come, a few datagrams of one half; empty when there is nothing. What is longer than `largest` is left out.
    [[nodiscard]] std::span<const Datagram> receive();
    /// Sends what the socket takes, in one system call, and drops the rest; how many went out.
    std::size_t send(Half half, const Endpoint& to, std::span<const Outgoing> datagrams);

    static constexpr std::size_t largest = 9216;
    static constexpr std::size_t at_once = 64;

  private:
    explicit UdpPair(boost::asio::io_context& context);
    [[nodiscard]] bool bind(const boost::asio::ip::address& local);
    void wait(Half half);
    [[nodiscard]] boost::asio::ip::udp::socket& socket(Half half) noexcept {
        return sockets_[static_cast<std::size_t>(half)];
    }

    std::array<boost::asio::ip::udp::socket, 2> sockets_;
    std::uint16_t port_ = 0;
    std::function<void()> ready_;
    std::vector<Datagram> datagrams_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::net

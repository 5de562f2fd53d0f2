// The way of a session's tracks over UDP: a pair of ports for each, and where the peer is. Only what comes from the address that the
// connection has counts; behind a router it may come from another port than it said, and is answered there. Lives with its session.
#pragma once

#include "endpoint/rtsp.hpp"
#include "net/udp_pair.hpp"
#include "proto/rtsp/transport.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace weir::endpoint {

class RtspLegs {
  public:
    using Half = net::UdpPair::Half;
    struct Received {
        std::size_t track = 0;
        bool is_control = false;
        base::ByteView bytes;  ///< until the call returns
    };

    /// `local` and `peer` are those of the connection.
    RtspLegs(net::Shard& shard, std::shared_ptr<RtspUdp> udp, boost::asio::ip::address local,
             boost::asio::ip::address peer)
        : shard_(shard), udp_(std::move(udp)), local_(std::move(local)), peer_(std::move(peer)) {}
    ~RtspLegs();
    RtspLegs(const RtspLegs&) = delete;
    RtspLegs& operator=(const RtspLegs&) = delete;

    /// One more track, to the peer's ports where they are known; the ports that it got. `too_large` at the limit of them.
    [[nodiscard]] base::Result<proto::rtsp::Pair> add(std::size_t track, const proto::rtsp::Pair& peer_ports = {});
    /// Where the peer said later that its ports are.
    void aim(std::size_t track, const proto::rtsp::Pair& peer_ports);
    /// Says a word to all of them, so that a router on the way lets in what comes from there.
    void knock();
    /// Calls `ready` whenever something has come. Once.
    void start(const std::function<void()>& ready);
    /// Gives what has come to `take`, some of each track; false when there is nothing more.
    bool receive(const std::function<void(const Received&)>& take);
    /// How many went out.
    std::size_t send(std::size_t track, Half half, std::span<const net::UdpPair::Outgoing> datagrams);
    /// One packet.
    void send(std::size_t track, Half half, base::ByteView packet);

  private:
    struct Leg {
        std::size_t track;
        std::unique_ptr<net::UdpPair> pair;
        std::array<net::UdpPair::Endpoint, 2> peers;  ///< by `Half`
    };

    net::Shard& shard_;
    const std::shared_ptr<RtspUdp> udp_;
    boost::asio::ip::address local_;
    boost::asio::ip::address peer_;
    std::vector<Leg> legs_;
};

}  // namespace weir::endpoint

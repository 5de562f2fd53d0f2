#include "endpoint/rtsp_legs.hpp"

#include <algorithm>
#include <utility>

namespace weir::endpoint {

using base::ErrorKind;

namespace {

// A packet of RTP that no track has (RFC 3550 5.1: version 2, and nothing behind the head), and an empty receiver report (6.4.2).
constexpr std::array<std::uint8_t, 12> nothing{0x80, 0x7f};
constexpr std::array<std::uint8_t, 8> empty_report{0x80, 201, 0, 1};

}  // namespace

RtspLegs::~RtspLegs() { udp_->tracks.subtract(static_cast<std::int64_t>(legs_.size())); }

base::Result<proto::rtsp::Pair> RtspLegs::add(std::size_t track, const proto::rtsp::Pair& peer_ports) {
    if (std::cmp_greater_equal(udp_->tracks.value(), udp_->most))
        return base::fail(ErrorKind::too_large, "no more tracks go over UDP: RTP/AVP/TCP does");
    auto pair = TRY(net::UdpPair::create(shard_.context(), local_));
    const std::uint16_t port = pair->rtp_port();
    legs_.push_back({track, std::move(pair), {{{peer_, peer_ports.rtp}, {peer_, peer_ports.rtcp}}}});
    udp_->tracks.add();
    return proto::rtsp::Pair{port, static_cast<std::uint16_t>(port + 1)};
}

void RtspLegs::aim(std::size_t track, const proto::rtsp::Pair& peer_ports) {
    const auto leg = std::ranges::find(legs_, track, &Leg::track);
    if (leg != legs_.end()) leg->peers = {{{peer_, peer_ports.rtp}, {peer_, peer_ports.rtcp}}};
}

void RtspLegs::knock() {
    for (const Leg& leg : legs_) {
        send(leg.track, Half::rtp, nothing);
        send(leg.track, Half::rtcp, empty_report);
    }
}

void RtspLegs::start(const std::function<void()>& ready) {
    for (const Leg& leg : legs_) leg.pair->start(ready);
}

bool RtspLegs::receive(const std::function<void(const Received&)>& take) {
    bool has_more = false;
    for (Leg& leg : legs_)
        for (const net::UdpPair::Datagram& datagram : leg.pair->receive()) {
            has_more = true;
            if (datagram.from.address() != peer_ || datagram.bytes.empty()) {
                udp_->strangers.add();
                continue;
            }
            leg.peers[static_cast<std::size_t>(datagram.half)] = datagram.from;
            take({leg.track, datagram.half == Half::rtcp, datagram.bytes});
        }
    return has_more;
}

std::size_t RtspLegs::send(std::size_t track, Half half, std::span<const net::UdpPair::Outgoing> datagrams) {
    const auto leg = std::ranges::find(legs_, track, &Leg::track);
    if (leg == legs_.end()) return datagrams.size();
    return leg->pair->send(half, leg->peers[static_cast<std::size_t>(half)], datagrams);
}

void RtspLegs::send(std::size_t track, Half half, base::ByteView packet) {
    const iovec run{const_cast<std::uint8_t*>(packet.data()), packet.size()};  // sendmmsg does not write
    const net::UdpPair::Outgoing datagram{{&run, 1}};
    send(track, half, {&datagram, 1});
}

}  // namespace weir::endpoint

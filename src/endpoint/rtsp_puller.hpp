// Fetches a stream over RTSP or RTSPS, as a player of it: our own client (proto/rtsp) on a socket of its own, with RTP over the
// connection, or over UDP where the address says so or the server refuses the other; and over the connection after all where no datagram
// comes. What the server or camera sends is read as a publisher's is.
#pragma once

#include "endpoint/puller.hpp"
#include "endpoint/rtsp.hpp"

#include <memory>

namespace weir::endpoint {

/// What all of them share, and outlives them.
struct RtspPullService {
    RtpCounts& rtp;
    std::shared_ptr<RtspUdp> udp;
    const base::MemoryLimit& memory;
};

/// A `PullerFactory` with that.
[[nodiscard]] std::unique_ptr<Puller> start_rtsp_pull(const RtspPullService& service, PullRequest request,
                                                      PullSink& sink, net::Shard& shard);

}  // namespace weir::endpoint

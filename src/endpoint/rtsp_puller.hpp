// Fetches a stream over RTSP or RTSPS, as a player of it: our own client (proto/rtsp) on a socket of its own, with RTP over the
// connection. What the server or camera sends is read as a publisher's is.
#pragma once

#include "endpoint/puller.hpp"
#include "endpoint/rtsp.hpp"

#include <memory>

namespace weir::endpoint {

/// A `PullerFactory`, with `counts` that outlive what it makes.
[[nodiscard]] std::unique_ptr<Puller> start_rtsp_pull(RtpCounts& counts, PullRequest request, PullSink& sink,
                                                      net::Shard& shard);

}  // namespace weir::endpoint

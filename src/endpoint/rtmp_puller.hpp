// Fetches a stream over RTMP or RTMPS, as a player of it: our own client (proto/rtmp) on a socket of its own. What the server of the
// source sends is parsed as a publisher's is.
#pragma once

#include "endpoint/puller.hpp"

#include <memory>

namespace weir::endpoint {

/// A `PullerFactory`.
[[nodiscard]] std::unique_ptr<Puller> start_rtmp_pull(PullRequest request, PullSink& sink, net::Shard& shard);

}  // namespace weir::endpoint

// Fetches a stream over SRT, as a caller of another server: our side of what `endpoint/srt_publisher` is to those who call us.
#pragma once

#include "endpoint/puller.hpp"
#include "net/srt_poller.hpp"

#include <memory>

namespace weir::endpoint {

/// With the first argument bound, a `PullerFactory`. `poller` outlives the puller.
[[nodiscard]] std::unique_ptr<Puller> start_srt_pull(net::SrtPoller& poller, PullRequest request, PullSink& sink,
                                                     net::Shard& shard);

}  // namespace weir::endpoint

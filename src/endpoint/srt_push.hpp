// Restreaming over SRT: a connection that we open is fed with the log of a rendition as a transport stream, as a player's is. So it costs
// what a player costs, and a target that is too slow jumps to the newest keyframe.
#pragma once

#include "endpoint/pusher.hpp"
#include "net/broadcast_hub.hpp"
#include "net/srt_poller.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

/// What all of them share. Everything that is referred to outlives the shards.
struct SrtPushService {
    net::SrtPoller& poller;
    /// One per shard, by its index.
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
    const stream::WireFormat& format;
};

/// The row for `srt`.
[[nodiscard]] PushScheme srt_push_scheme(SrtPushService service);

}  // namespace weir::endpoint

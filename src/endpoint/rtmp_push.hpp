// Restreaming over RTMP and RTMPS. A connection that we open publishes, as an encoder's would; from then on its socket is a viewer of
// the stream's RTMP log, in the hub of its shard, and what the target says is heard there. So it costs what a player costs, and a
// target that is too slow jumps to the newest keyframe, and is left in the end, as a player is.
#pragma once

#include "endpoint/pusher.hpp"
#include "net/broadcast_hub.hpp"
#include "net/tls_limits.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

/// What all of them share. Everything that is referred to outlives the shards; only the counters change.
struct RtmpPushService {
    /// One per shard, by its index.
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
    const stream::WireFormat& format;
    /// Whom RTMPS believes; null where the system has no authorities: `no_trust` says why.
    net::TlsContextRef trust{};
    std::string no_trust{};
    net::TlsCounts tls{};
};

/// The rows for `rtmp` and `rtmps`.
[[nodiscard]] std::vector<PushScheme> rtmp_push_schemes(const std::shared_ptr<RtmpPushService>& service);

}  // namespace weir::endpoint

// Restreaming over RTSP and RTSPS, with RTP over the connection. A connection that we open announces and records, as a camera's would; from
// then on its socket is a viewer of the stream's log of RTP packets, in the hub of its shard, and what the target says is heard there. So
// it costs what a player costs, and a target that is too slow jumps to the newest keyframe, and is left in the end, as a player is.
#pragma once

#include "endpoint/pusher.hpp"
#include "endpoint/rtsp.hpp"
#include "net/broadcast_hub.hpp"
#include "net/tls_limits.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

/// What all of them share. Everything that is referred to outlives the shards; only the counters change.
struct RtspPushService {
    /// One per shard, by its index.
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
    RtspFormats formats;
    /// Whom RTSPS believes; null where the system has no authorities: `no_trust` says why.
    net::TlsContextRef trust{};
    std::string no_trust{};
    net::TlsCounts tls{};
};

/// The rows for `rtsp` and `rtsps`.
[[nodiscard]] std::vector<PushScheme> rtsp_push_schemes(const std::shared_ptr<RtspPushService>& service);

}  // namespace weir::endpoint

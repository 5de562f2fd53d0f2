// Restreaming over TCP, with TLS or without, whatever is spoken there (push_dialogue.hpp). A connection that we open publishes, as an
// encoder's would; from then on its socket is a viewer of the stream's log, in the hub of its shard, and what the target says is
// heard there. So it costs what a player costs, and a target that is too slow jumps to the newest keyframe, and is left in the end, as a
// player is. Where a protocol sends media apart from its connection, the coroutine goes on reading that.
#pragma once

#include "endpoint/push_dialogue.hpp"
#include "endpoint/pusher.hpp"
#include "net/broadcast_hub.hpp"
#include "net/tls_limits.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

/// What all of them share. Everything that is referred to outlives the shards; only the counters change.
struct TcpPushService {
    /// One per shard, by its index.
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
    /// Whom TLS believes; null where the system has no authorities: `no_trust` says why.
    net::TlsContextRef trust{};
    std::string no_trust{};
    net::TlsCounts tls{};
};

[[nodiscard]] std::unique_ptr<Pusher> make_tcp_pusher(PushOrder order, std::unique_ptr<PushDialogue> dialogue,
                                                      net::Shard& shard, PushEvents events,
                                                      std::shared_ptr<TcpPushService> service);

}  // namespace weir::endpoint

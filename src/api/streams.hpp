// `/api/v1/streams...`: what is live, who publishes and who watches, in the JSON of the contract. Read from the registry's
// snapshots, so a request never disturbs a stream.
#pragma once

#include "config/overlay.hpp"
#include "net/http_router.hpp"
#include "net/shard_value.hpp"
#include "stream/registry.hpp"

#include <vector>

namespace weir::api {

/// The rows refer to both, which outlive them. Streams that somebody created over the API (`overlay`) are there before, and after, they
/// are live.
[[nodiscard]] std::vector<net::Route> stream_routes(stream::Registry& registry,
                                                    const net::ShardValue<config::Overlay>* overlay = nullptr);

}  // namespace weir::api

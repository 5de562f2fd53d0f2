// `/api/v1/streams...`: what is live, who publishes and who watches, in the JSON of the contract. Read from the registry's
// snapshots, so a request never disturbs a stream.
#pragma once

#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <vector>

namespace weir::api {

/// The rows refer to the registry, which outlives them.
[[nodiscard]] std::vector<net::Route> stream_routes(stream::Registry& registry);

}  // namespace weir::api

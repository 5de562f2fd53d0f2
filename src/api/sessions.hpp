// `/api/v1/sessions`: who publishes and who watches, by connection, and the door for one of them. Viewers who fetch (HLS, DASH) have no
// connection of their own: streams count them.
#pragma once

#include "config/config.hpp"
#include "net/http_router.hpp"
#include "net/shard_value.hpp"
#include "stream/registry.hpp"
#include "stream/sessions.hpp"

#include <functional>
#include <vector>

namespace weir::api {

/// Everything that is referred to outlives the shards.
struct SessionSurroundings {
    /// What lists viewers on the shard of that index. Called there.
    using Source = std::function<stream::SessionSource&(std::size_t shard)>;

    stream::Registry& registry;
    net::Shards& shards;
    const net::ShardValue<config::Config>& config;
    std::vector<Source> sources;
};

/// `around` outlives the routes.
[[nodiscard]] std::vector<net::Route> session_routes(const SessionSurroundings& around);

}  // namespace weir::api

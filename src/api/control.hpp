// The part of the API that changes streams: created and ended, their options, pauses, and where else they are sent. Who may, follows
// `auth.publish`; what is wrong with a body is told with the field and the reason. Every change is one of the book's (stream_book),
// and what can change on the stream that runs has changed when the answer comes.
#pragma once

#include "api/stream_book.hpp"
#include "net/http_router.hpp"
#include "net/shard_value.hpp"
#include "stream/registry.hpp"

#include <vector>

namespace weir::api {

/// Everything that is referred to outlives the shards.
struct ControlSurroundings {
    stream::Registry& registry;
    const net::ShardValue<config::Config>& config;
    const net::ShardValue<config::Overlay>& overlay;
    StreamBook& book;
    base::Executor& desk;  ///< the book's
};

/// `around` outlives the routes.
[[nodiscard]] std::vector<net::Route> control_routes(const ControlSurroundings& around);

}  // namespace weir::api

// Waiting for a rung on behalf of those who ask for its log: the ladder is decided on about a second after a stream begins, a rung has
// its first picture some frames later, and a worker that died has a successor in a moment. Players give up on an error, so they wait,
// for a bounded time. Any shard.
#pragma once

#include "net/http_router.hpp"
#include "stream/playable.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace weir::endpoint {

/// The answer, once it is another than `not_yet`; or that, after the longest wait from `context.now` on.
[[nodiscard]] boost::asio::awaitable<stream::Playable> wait_until_playable(const stream::Registry& registry,
                                                                           base::StreamId id, std::string rendition,
                                                                           net::RequestContext& context);

}  // namespace weir::endpoint

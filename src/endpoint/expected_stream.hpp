// Waiting for a stream whose source is fetched when somebody asks for it: players give up on an error, so they wait until it is there,
// for a bounded time. Whoever answers for a stream calls this first; for every other stream it is done at once. Any shard.
#pragma once

#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

namespace weir::endpoint {

[[nodiscard]] boost::asio::awaitable<void> wait_for_stream(stream::Registry& registry, base::StreamId id,
                                                           net::RequestContext& context);
/// For who has asked the registry already whether the stream is expected.
[[nodiscard]] boost::asio::awaitable<void> wait_for_expected(stream::Registry& registry, base::StreamId id,
                                                             net::RequestContext& context);

}  // namespace weir::endpoint

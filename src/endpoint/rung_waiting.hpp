// Waiting for a rung on behalf of those who ask for its log: the ladder is decided on about a second after a stream begins, a rung has
// its first picture some frames later, and a worker that died has a successor in a moment. Players give up on an error, so they wait,
// for a bounded time. Any shard.
#pragma once

#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace weir::endpoint {

/// Whether a rendition may be joined.
struct Joinable {
    enum class Verdict : std::uint8_t {
        yes,
        not_yet,    ///< it may come
        not_now,    ///< the machine has given it up for a while
        not_at_all  ///< the stream does not have it
    };
    Verdict verdict = Verdict::not_at_all;
    std::string reason;  ///< for people, where it may not
};

/// As the snapshot has it. `source` is joined at any time: who comes first waits for its first keyframe.
[[nodiscard]] Joinable joinable(const stream::StreamSnapshot& snapshot, std::string_view rendition);

/// The answer, once it is another than `not_yet`; or that, after the longest wait from `context.now` on.
[[nodiscard]] boost::asio::awaitable<Joinable> wait_until_joinable(const stream::Registry& registry, base::StreamId id,
                                                                   std::string rendition, net::RequestContext& context);

}  // namespace weir::endpoint

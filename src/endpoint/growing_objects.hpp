// Segments and parts that are asked for while they are being made (low-latency DASH, and a part that a playlist has hinted at, RFC
// 8216bis 6.2.6): the answer grows by what is published of them: a segment by each piece as soon as it is, a part by pieces that are worth a
// write. What becomes a gap, or comes to nothing, breaks the answer off. All who ask one shard for an object are given it together:
// it is one that waits among all others (index_waiters), for as long as one of them takes it. Lives on its shard.
#pragma once

#include "endpoint/index_waiters.hpp"
#include "net/http_growth.hpp"
#include "package/hls.hpp"
#include "stream/registry.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace weir::endpoint {

class GrowingObjects {
  public:
    /// Both outlive it.
    GrowingObjects(IndexWaiters& waiters, stream::Registry& registry) : waiters_(waiters), registry_(registry) {}
    GrowingObjects(const GrowingObjects&) = delete;
    GrowingObjects& operator=(const GrowingObjects&) = delete;

    /// The answer to who asks `shard` for what is at that position, a segment or a part; null where nothing of it is there, or all. A
    /// part that is not whole at `deadline`, of those who ask for it the last, is broken off.
    [[nodiscard]] std::shared_ptr<net::HttpGrowth> follow(net::Shard& shard, const base::StreamId& id,
                                                          const stream::SegmentIndexRef& index,
                                                          std::string_view rendition, package::hls::Position position,
                                                          base::Instant deadline);

  private:
    struct Name {
        base::StreamId stream;
        std::string rendition;
        std::uint64_t epoch;
        package::hls::Position position;
        friend auto operator<=>(const Name&, const Name&) = default;
    };
    struct Object;
    using ObjectRef = std::shared_ptr<Object>;

    [[nodiscard]] boost::asio::awaitable<void> feed(net::Shard& shard, ObjectRef object);

    IndexWaiters& waiters_;
    stream::Registry& registry_;
    std::map<Name, ObjectRef> objects_;
};

}  // namespace weir::endpoint

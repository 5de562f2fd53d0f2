// Segments and parts that are asked for while they are being made (low-latency DASH, and a part that a playlist has hinted at, RFC
// 8216bis 6.2.6): the answer grows by what is published of them, each piece as soon as it is. What becomes a gap, or comes to nothing,
// breaks the answer off. An answer is one that waits among all others (index_waiters), for as long as its client takes it.
#pragma once

#include "endpoint/index_waiters.hpp"
#include "net/http_growth.hpp"
#include "package/hls.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <string_view>

namespace weir::endpoint {

/// Of the shard on which the answer is sent. All outlive it.
struct GrowingObjectSurroundings {
    IndexWaiters& waiters;
    net::Shard& shard;
    stream::Registry& registry;
};

/// The answer to who asks for what is at that position, a segment or a part; null where nothing of it is there, or all. A part that
/// is not whole at `deadline` is broken off.
[[nodiscard]] std::shared_ptr<net::HttpGrowth> follow_growing_object(
    GrowingObjectSurroundings around, const base::StreamId& id, const stream::SegmentIndex& index,
    std::string_view rendition, package::hls::Position position, base::Instant deadline);

}  // namespace weir::endpoint

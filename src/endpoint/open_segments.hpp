// Segments that are asked for while they are being made (low-latency DASH): the answer grows by the parts that are published,
// each as soon as it is. What becomes a gap, or is no longer there, breaks the answer off. An answer is one that waits among all
// others (index_waiters), for as long as its client takes it.
#pragma once

#include "endpoint/index_waiters.hpp"
#include "net/http_growth.hpp"
#include "package/hls.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <string_view>

namespace weir::endpoint {

/// Of the shard on which the answer is sent. All outlive it.
struct OpenSegmentSurroundings {
    IndexWaiters& waiters;
    net::Shard& shard;
    stream::Registry& registry;
};

/// The answer to who asks for that segment; null where it is not being made.
[[nodiscard]] std::shared_ptr<net::HttpGrowth> follow_open_segment(OpenSegmentSurroundings around,
                                                                   const base::StreamId& id,
                                                                   const stream::SegmentIndex& index,
                                                                   std::string_view rendition,
                                                                   const package::hls::SegmentAddress& address);

}  // namespace weir::endpoint

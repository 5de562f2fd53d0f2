// The beginning of a stream and of a viewer, for those who answer playlists and manifests: the first players of a stream wait for
// its first segment, and whoever asks is known as far as HTTP tells.
#pragma once

#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace weir::endpoint {

/// The stream's newest index once it has a segment, which it is given some seconds for: most players give up on an error. They wait for
/// the ladder as well: what a multivariant playlist lists is asked for once. Null where there is still no segment, or none can be made of
/// what the stream has, or no such stream.
[[nodiscard]] boost::asio::awaitable<stream::SegmentIndexRef> wait_for_segments(stream::Registry& registry,
                                                                                base::StreamId id,
                                                                                net::RequestContext& context);

/// Says why: none can be made, or none was yet. `snapshot` may be null.
[[nodiscard]] net::HttpResponse no_segments(const proto::http::Request& request,
                                            const stream::StreamSnapshotRef& snapshot);

/// An address and a player: as near to a person as HTTP comes.
[[nodiscard]] std::uint64_t viewer_of(const proto::http::Request& request, const net::RequestContext& context);

}  // namespace weir::endpoint

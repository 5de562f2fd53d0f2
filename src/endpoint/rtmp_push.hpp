// Restreaming over RTMP and RTMPS (tcp_push.hpp): connects as an encoder does, and sends the stream's RTMP log.
#pragma once

#include "endpoint/tcp_push.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

/// The rows for `rtmp` and `rtmps`. `format` outlives the shards.
[[nodiscard]] std::vector<PushScheme> rtmp_push_schemes(const std::shared_ptr<TcpPushService>& service,
                                                        const stream::WireFormat& format);

}  // namespace weir::endpoint

// Restreaming over RTSP and RTSPS with RTP over the connection (tcp_push.hpp): announces and records as a camera does, and sends the stream's
// log of RTP packets.
#pragma once

#include "endpoint/rtsp.hpp"
#include "endpoint/tcp_push.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

/// The rows for `rtsp` and `rtsps`.
[[nodiscard]] std::vector<PushScheme> rtsp_push_schemes(const std::shared_ptr<TcpPushService>& service,
                                                        const RtspFormats& formats);

}  // namespace weir::endpoint

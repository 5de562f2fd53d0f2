// Restreaming over RTSP and RTSPS (tcp_push.hpp): announces and records as a camera does, and sends the stream's log of RTP packets over the
// connection; over UDP where the address says so or the target refuses the other.
#pragma once

#include "endpoint/rtsp.hpp"
#include "endpoint/rtsp_datagrams.hpp"
#include "endpoint/tcp_push.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace weir::endpoint {

/// Who sends datagrams on a shard.
using DatagramHubs = std::function<DatagramHub&(net::Shard& shard)>;

/// The rows for `rtsp` and `rtsps`.
[[nodiscard]] std::vector<PushScheme> rtsp_push_schemes(const std::shared_ptr<TcpPushService>& service,
                                                        const RtspFormats& formats, const DatagramHubs& datagrams);

}  // namespace weir::endpoint

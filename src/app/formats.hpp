// The table of wire formats that a stream can be logged in: the one place where the log (stream/) meets the formats (format/).
#pragma once

#include "endpoint/http_logs.hpp"

#include <span>

namespace weir::app {

extern const stream::WireFormat flv_format;
extern const stream::WireFormat rtmp_format;
extern const stream::WireFormat ts_format;
/// RTP, interleaved: picture and sound, or either.
extern const stream::WireFormat rtsp_format;
extern const stream::WireFormat rtsp_picture_format;
extern const stream::WireFormat rtsp_sound_format;

/// The formats that HTTP serves.
[[nodiscard]] std::span<const endpoint::LogForm> log_forms() noexcept;

}  // namespace weir::app

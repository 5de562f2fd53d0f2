// The table of wire formats that a stream can be logged in: the one place where the log (stream/) meets the formats (format/).
#pragma once

#include "stream/wire_log.hpp"

namespace weir::app {

extern const stream::WireFormat flv_format;
extern const stream::WireFormat rtmp_format;

}  // namespace weir::app

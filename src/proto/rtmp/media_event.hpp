// The media that comes to either side of an RTMP connection, as events.
#pragma once

#include "base/bytes.hpp"
#include "media/track.hpp"

#include <cstdint>

namespace weir::proto::rtmp {

/// The body of an FLV audio or video tag.
struct Media {
    media::Kind kind = media::Kind::video;
    std::uint32_t timestamp = 0;  ///< milliseconds, wrapping at 2^32
    base::Bytes body;
};
/// The body of an FLV script tag: the AMF0 string "onMetaData" and its value. Only ever data.
struct Metadata {
    std::uint32_t timestamp = 0;
    base::Bytes body;
};

}  // namespace weir::proto::rtmp

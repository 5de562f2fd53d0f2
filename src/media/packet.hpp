// One access unit of one track: video as length-prefixed NAL units (four-byte lengths) or an AV1/VP9 temporal unit, audio
// as one raw frame. Never changed after publication; shared as `PacketRef` by every rendition, log and packager.
#pragma once

#include "base/bytes.hpp"
#include "media/ticks.hpp"

#include <memory>

namespace weir::media {

struct Packet {
    std::uint32_t track = 0;        ///< `Track::id`
    Ticks dts;                      ///< decode time, on the stream's time line
    Ticks pts;                      ///< presentation time
    Ticks duration;                 ///< until the next access unit of the track, as well as it is known
    bool keyframe = false;          ///< IDR, or CRA whose leading pictures were dropped; every audio frame is one
    bool segment_boundary = false;  ///< every rendition starts a segment at this presentation time
    bool discontinuity = false;     ///< the first packet of a track after the source was replaced or its time jumped
    base::Bytes payload;
};

using PacketRef = std::shared_ptr<const Packet>;

}  // namespace weir::media

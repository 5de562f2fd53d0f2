// What the lanes of a demultiplexer (one for each track: mpegts_video.hpp, mpegts_audio.hpp) have in common: who they are, and where what they make goes.
#pragma once

#include "format/mpegts_demux.hpp"

#include <deque>
#include <string>

namespace weir::format::mpegts {

struct LaneIdentity {
    std::uint32_t track = 0;
    std::string language;
    base::Bytes config{};  ///< where the map has it and not the frames
};

/// Of the demultiplexer; lanes use it while they are called.
struct Outlet {
    std::deque<Event>& events;
    Faults& faults;
    const DemuxLimits& limits;
};

}  // namespace weir::format::mpegts

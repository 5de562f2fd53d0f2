// What the lanes of a demultiplexer (one for each track: mpegts_video.hpp, mpegts_audio.hpp) have in common: who they are, and where what they make goes.
#pragma once

#include "format/mpegts_demux.hpp"

#include <deque>
#include <string>

namespace weir::format::mpegts {

struct LaneIdentity {
    std::uint32_t track = 0;
    std::string language;
};

/// Of the demultiplexer; lanes use it while they are called.
struct Outlet {
    std::deque<Event>& events;
    Faults& faults;
    const DemuxLimits& limits;
};

/// How far it is from one time to another, the shorter way round.
[[nodiscard]] constexpr std::int64_t distance(std::uint64_t from, std::uint64_t to) noexcept {
    const std::uint64_t ahead = (to - from) & time_mask;
    return ahead <= time_mask / 2 ? static_cast<std::int64_t>(ahead)
                                  : -static_cast<std::int64_t>(time_mask + 1 - ahead);
}

}  // namespace weir::format::mpegts

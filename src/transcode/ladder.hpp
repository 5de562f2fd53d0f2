// Which rungs a stream gets: decided when its source is known, and again with another ladder, by the rules of docs/transcoding.md. Pure: the source, the
// configuration and the room on the machine in; the plan with its reasons and the worker's Setup out.
//
// `height` of a rung is the shorter side of the picture where the picture stands upright: 720p of a phone's 1080x1920 is 720x1280,
// as a viewer of "720p" expects, and the longer side follows the source's shape.
#pragma once

#include "config/config.hpp"
#include "format/relay.hpp"
#include "stream/transcoder.hpp"
#include "transcode/costs.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::transcode {

/// The name of the rung of sound that is encoded anew.
inline constexpr std::string_view stereo = "stereo";
/// Most rungs of one stream, `stereo` included.
inline constexpr std::size_t most_rungs = 16;

/// What the machine can do for a stream.
struct Room {
    double cores = 0;        ///< of the machine, as given to transcoding
    double free = 0;         ///< of them, what may still be promised (Carried::free)
    base::ByteCount memory;  ///< of the worker
};

struct Choice {
    /// Every rung of the ladder, highest first, those left out too; sound last. Empty: there is nothing to decide.
    std::vector<stream::RungPlan> plan;
    /// Of the rungs of the plan that are made, in its order. No rungs: no worker.
    format::relay::Setup setup;
    /// What they are expected to need, with the decoder.
    double cores = 0;
};

/// Where no rung of a picture is made, by the options or for any other reason, sound that segments have no place for (sound.hpp) is the
/// one rung.
[[nodiscard]] Choice choose(const stream::SourceShape& source, const config::Ladder& ladder,
                            const config::StreamOptions& options, const format::CostModel& costs, const Room& room);

}  // namespace weir::transcode

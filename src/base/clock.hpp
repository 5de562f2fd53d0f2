// Two clocks that must not be mixed up: `Instant` measures how long something takes, `WallTime` names a moment for people.
// Floors 0 to 4 (but for net/) never read either: drivers pass `Now` in, tests pass whatever they like.
#pragma once

#include <chrono>

namespace weir::base {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// One reading of both clocks.
struct Now {
    Instant instant;
    WallTime wall;
};

/// Reads both clocks. Called by drivers only.
[[nodiscard]] inline Now read_clocks() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

}  // namespace weir::base

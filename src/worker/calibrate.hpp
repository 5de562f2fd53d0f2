// `weir-worker calibrate`: what transcoding costs on this machine, in seconds of one core, measured in a few seconds. The material is
// the demo's picture with the grain of a camera in a dim room on it: what moves little and cleanly would promise too much.
#pragma once

#include "base/result.hpp"
#include "format/costs.hpp"

namespace weir::worker {

[[nodiscard]] base::Result<format::CostModel> measure_costs();

/// Writes the line on `descriptor`; returns the status that the process is to end with.
[[nodiscard]] int calibrate(int descriptor);

}  // namespace weir::worker

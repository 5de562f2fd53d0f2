// The demo's sound: a quiet chord that breathes, and a soft tone as each second of the wall clock begins, when the dial lights up.
// A pure function of the sample's number and its moment; 48 kHz stereo, within -1 to 1.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <span>

namespace weir::worker {

inline constexpr int sound_rate = 48'000;

/// Samples from `first` on, the first of which is heard at `time`; as many to the left as to the right.
void play(std::int64_t first, base::WallTime time, std::span<float> left, std::span<float> right);

}  // namespace weir::worker

// The demo's picture, whole: the scenery, what floats through it, and the clock. A pure function of the frame's number and the
// wall clock; a few milliseconds of one core at most. Immutable once made: any thread may paint.
#pragma once

#include "base/clock.hpp"
#include "worker/canvas.hpp"
#include "worker/clock_face.hpp"
#include "worker/scenery.hpp"
#include "worker/sprite.hpp"

#include <cstdint>

namespace weir::worker {

class DemoPicture {
  public:
    static constexpr int frame_rate = 30;

    DemoPicture();
    /// Every sample of the canvas.
    void paint(Canvas canvas, std::int64_t frame, base::WallTime time) const;

    [[nodiscard]] const ClockFace& clock() const noexcept { return clock_; }

  private:
    Scenery scenery_;
    Sprite balloon_;
    Sprite boat_;
    Sprite mirrored_boat_;
    ClockFace clock_;
};

}  // namespace weir::worker

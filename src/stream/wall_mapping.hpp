// What time of day a moment of the stream was: stream time plus an offset. The offset is set where the source starts anew,
// and otherwise drifts towards the least delay seen, by at most 10 ms a segment, so that PROGRAM-DATE-TIME runs as the media
// does. It never names a time in the future.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "media/ticks.hpp"

namespace weir::stream {

class WallMapping {
  public:
    /// Each packet, before anything is asked about it.
    void observe(media::Ticks dts, base::WallTime now) noexcept { least_ = std::min(least_, zero_at(dts, now)); }
    /// The source starts anew with the packet at `dts`.
    void jump(media::Ticks dts, base::WallTime now) noexcept { zero_ = least_ = zero_at(dts, now); }
    /// A segment starts with the packet at `dts`.
    void begin_segment(media::Ticks dts, base::WallTime now) noexcept {
        zero_ += std::clamp<base::Duration>(least_ - zero_, -slew, slew);
        zero_ = std::min(zero_, zero_at(dts, now));
        least_ = base::WallTime::max();
    }
    [[nodiscard]] base::WallTime wall(media::Ticks time, base::WallTime now) const noexcept {
        return std::min(zero_ + time.to_duration(), now);
    }

  private:
    static constexpr base::Duration slew = std::chrono::milliseconds(10);

    /// When stream time was zero, if the packet at `dts` came without delay.
    static base::WallTime zero_at(media::Ticks dts, base::WallTime now) noexcept { return now - dts.to_duration(); }

    base::WallTime zero_;
    base::WallTime least_ = base::WallTime::max();
};

}  // namespace weir::stream

// What time of day a moment of the stream was: stream time plus an offset. The offset is set where the source starts anew,
// and otherwise drifts towards the least delay seen, by at most 10 ms a segment, so that PROGRAM-DATE-TIME runs as the media
// does. It never names a time that is in the future for whoever is told of it: where both cannot be had, as behind a burst or a first
// packet that came late, that goes before the 10 ms.
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
        zero_ = std::min(zero_, zero_at(dts, now + lead));
        least_ = base::WallTime::max();
    }
    [[nodiscard]] base::WallTime wall(media::Ticks time, base::WallTime now) const noexcept {
        return std::min(zero_ + time.to_duration(), now + lead);
    }

  private:
    static constexpr base::Duration slew = std::chrono::milliseconds(10);
    /// Less than a part lasts: the shortest time between a moment and its being shown.
    static constexpr base::Duration lead = std::chrono::milliseconds(50);

    /// When stream time was zero, if the packet at `dts` came without delay.
    static base::WallTime zero_at(media::Ticks dts, base::WallTime now) noexcept { return now - dts.to_duration(); }

    base::WallTime zero_;
    base::WallTime least_ = base::WallTime::max();
};

}  // namespace weir::stream

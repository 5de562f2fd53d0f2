// What time of day a moment of the stream was: stream time plus an offset. The offset is set where the source starts anew, and stays
// while the least delay seen is near it: media comes unevenly, and a player that places what it was hinted at by the dates (Shaka
// Player) loses what follows in a segment that is dated otherwise than it reckoned. Where the clocks differ, the offset drifts after
// that, by at most 10 ms a segment, so that PROGRAM-DATE-TIME runs as the media does. It names no time that is in the future for
// whoever is told of it, but for some segments behind a source that began with a lead (the group that it held, a burst): no time of
// day may have two pictures (RFC 8216bis 6.2.1), so the lead is given back by a quarter of each segment, half a second at most.
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
        const base::Duration off = least_ - zero_;
        if (off < -early || off > late) zero_ += std::clamp<base::Duration>(off, -slew, slew);
        const base::Duration given_back = std::min((dts - start_).to_duration() / 4, most_given_back);
        zero_ -= std::clamp<base::Duration>(zero_ - zero_at(dts, now + lead), {}, given_back);
        start_ = dts;
        least_ = base::WallTime::max();
    }
    [[nodiscard]] base::WallTime wall(media::Ticks time) const noexcept { return zero_ + time.to_duration(); }

  private:
    static constexpr base::Duration slew = std::chrono::milliseconds(10);
    static constexpr base::Duration most_given_back = std::chrono::milliseconds(500);
    /// Less than a part lasts: the shortest time between a moment and its being shown.
    static constexpr base::Duration lead = std::chrono::milliseconds(50);
    static constexpr base::Duration early = lead;  ///< what comes sooner by no more than that moves nothing
    static constexpr base::Duration late = std::chrono::milliseconds(100);  ///< nor what comes later

    /// When stream time was zero, if the packet at `dts` came without delay.
    static base::WallTime zero_at(media::Ticks dts, base::WallTime now) noexcept { return now - dts.to_duration(); }

    media::Ticks start_;  ///< of the newest segment
    base::WallTime zero_;
    base::WallTime least_ = base::WallTime::max();
};

}  // namespace weir::stream

// Whether a source sends faster than real time just now, as one does that was held up somewhere: what it has to send first is old, and
// behind it comes the rest at once. Known half a second after it is heard again. A plain value.
#pragma once

#include "base/clock.hpp"
#include "media/ticks.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace weir::stream {

class Pace {
  public:
    /// It is heard after a silence.
    void resume(base::Instant now) noexcept {
        *this = {};
        resumed_ = now;
    }
    /// Each packet.
    void note(media::Ticks dts, base::Instant now) noexcept {
        if (!began_ || now - *began_ >= window) begin(dts, now);
        newest_ = std::max(newest_, dts);
    }
    /// What comes from here on comes in time, as far as can be told.
    [[nodiscard]] bool is_calm(base::Instant now) const noexcept {
        const bool is_known = !resumed_ || now - *resumed_ >= window;
        return is_known && !was_fast_ && newest_ - first_ <= most;
    }

  private:
    void begin(media::Ticks dts, base::Instant now) noexcept {
        was_fast_ = began_ && newest_ - first_ > most;
        first_ = began_ ? newest_ : dts;
        newest_ = std::max(newest_, dts);
        began_ = now;
    }

    static constexpr base::Duration window = std::chrono::milliseconds(500);
    static constexpr media::Ticks most = media::Ticks::milliseconds(1000);  ///< of media in it

    std::optional<base::Instant> resumed_;
    std::optional<base::Instant> began_;  ///< the window
    media::Ticks first_;                  ///< where media was then
    media::Ticks newest_;
    bool was_fast_ = false;  ///< in the window before
};

}  // namespace weir::stream

// The clock in the demo's picture: hours to milliseconds and the frame's number in figures that people and tests read off,
// and a dial whose hand goes round once a second and that lights up as the second begins, with the tone. UTC.
#pragma once

#include "base/clock.hpp"
#include "worker/canvas.hpp"
#include "worker/glyphs.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::worker {

/// "HH:MM:SS.mmm", in UTC.
[[nodiscard]] std::string time_of_day(base::WallTime time);

class ClockFace {
  public:
    /// Upper left corners of the first figure of the time, and of the frame's number; with `figures()` and `small_figures()`
    /// they say where each figure stands.
    static constexpr int time_x = 352;
    static constexpr int time_y = 82;
    static constexpr int count_x = 924;
    static constexpr int count_y = 204;
    static constexpr int count_figures = 8;
    /// The dial lights up for so long.
    static constexpr std::chrono::milliseconds flash{100};
    static constexpr int dial_x = 248;  ///< the center
    static constexpr int dial_y = 152;

    ClockFace();
    void draw(Canvas canvas, std::int64_t frame, base::WallTime time) const;

    [[nodiscard]] const Glyphs& figures() const noexcept { return figures_; }
    [[nodiscard]] const Glyphs& small_figures() const noexcept { return small_; }

  private:
    void draw_dial(Canvas canvas, base::WallTime time) const;

    Glyphs figures_;
    Glyphs small_;
    // The square around the dial, row by row.
    std::vector<std::uint8_t> turn_;  ///< 256 to the round, clockwise from twelve
    std::vector<std::uint8_t> disc_;  ///< what the hand sweeps: its coverage
    std::vector<std::uint8_t> ring_;
};

}  // namespace weir::worker

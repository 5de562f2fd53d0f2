// Where the pictures of a video track lie. A source of constant frame rate that is stamped in whole milliseconds (33, 33, 34)
// is put back on its own grid, exactly; the rate is found among those in use by the last hundred pictures, and a picture that
// was left out is a whole number of frames. A variable frame rate fits no grid, and is left alone. Nothing waits for this: each
// picture is placed by what was seen before it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "media/ticks.hpp"

namespace weir::stream {

class FrameGrid {
  public:
    /// `announced`: frames a second as the sequence header has them, 0 where it does not: the first to be tried.
    explicit FrameGrid(double announced = 0);

    /// The dts of the next picture; strictly increases. `moved`: the time line was anchored anew before it.
    [[nodiscard]] media::Ticks place(media::Ticks wire, bool moved);
    /// How long a picture lasts, as well as it is known; zero where it is not.
    [[nodiscard]] media::Ticks frame() const noexcept;
    /// A composition offset in whole frames, when it differs from that by roundings alone.
    [[nodiscard]] media::Ticks place_offset(media::Ticks composition_offset) const noexcept;
    /// Whether a constant rate is in force.
    [[nodiscard]] bool is_constant() const noexcept { return period_ != media::Ticks(); }

  private:
    struct Fit {
        media::Ticks spread;  ///< between the earliest and the latest picture against the grid
        media::Ticks newest;  ///< where the grid has the newest picture
    };

    [[nodiscard]] std::optional<media::Ticks> on_grid(media::Ticks wire) const noexcept;
    [[nodiscard]] std::optional<Fit> fit(media::Ticks period) const noexcept;
    void remember(media::Ticks wire);
    void find_rate();

    media::Ticks announced_;  ///< period
    media::Ticks period_;     ///< zero while no constant rate is in force
    media::Ticks at_;         ///< where the grid has the newest picture
    std::deque<media::Ticks> wires_;
    std::size_t search_in_ = 0;         ///< pictures until it is worth looking for a rate again
    std::optional<media::Ticks> last_;  ///< placed
    media::Ticks step_;                 ///< between the newest two pictures
    media::Ticks before_;               ///< the step before that: a pause is not how long a picture lasts
};

}  // namespace weir::stream

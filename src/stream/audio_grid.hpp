// Where the frames of an audio track lie: each starts where the last ended, as long as the wire agrees within 40 ms. Whole
// milliseconds, as RTMP has them, would otherwise click in every segment. Beyond 40 ms the grid is set to the wire again:
// forward over the hole, backward by leaving out what comes too early. A source that does not keep to its sampling rate at
// all is followed as it is; one whose timestamps stand still is counted.
#pragma once

#include <cstdint>
#include <optional>

#include "media/ticks.hpp"

namespace weir::stream {

class AudioGrid {
  public:
    static constexpr media::Ticks agreement = media::Ticks::milliseconds(40);

    /// What decides where frames lie.
    enum class Mode : std::uint8_t {
        grid,   ///< the sample count, as long as the wire agrees
        wire,   ///< the wire alone: the sampling rate is unknown, or wrong
        count,  ///< the sample count alone: the wire stands still
    };
    struct Place {
        std::optional<media::Ticks> dts{};  ///< nothing when the frame is left out
        media::Ticks off{};  ///< how far wire and grid had parted, when they were brought together; else zero
        bool mode_changed = false;
    };

    /// How long one frame lasts by the track's own description; zero where that is unknown.
    explicit AudioGrid(media::Ticks frame = {}) { set_frame(frame); }
    void set_frame(media::Ticks frame) noexcept;
    /// How long the next frame says that it lasts; zero where it does not say.
    void expect(media::Ticks frame) noexcept;
    /// How long the newest frame lasts, as well as it is known.
    [[nodiscard]] media::Ticks frame() const noexcept;
    [[nodiscard]] Mode mode() const noexcept { return mode_; }

    /// `moved`: the time line was anchored anew, and a difference is nobody's drift.
    [[nodiscard]] Place place(media::Ticks wire, bool moved);

  private:
    [[nodiscard]] Place put(media::Ticks dts, media::Ticks off = {}) noexcept;
    [[nodiscard]] Place leave_out(media::Ticks off) noexcept;
    [[nodiscard]] Place change(Mode mode, media::Ticks dts, media::Ticks off) noexcept;
    [[nodiscard]] bool parts_again_and_again() noexcept;

    Mode mode_ = Mode::wire;
    media::Ticks frame_;
    media::Ticks step_;    ///< between the newest two frames
    media::Ticks before_;  ///< the step before that: a pause is not how long a frame lasts
    std::optional<media::Ticks> last_;
    media::Ticks next_;      ///< where the grid has the next frame
    media::Ticks left_out_;  ///< in a row
    std::uint32_t frames_since_resync_ = 0;
    std::uint32_t quick_resyncs_ = 0;  ///< in a row, each soon after the last
};

}  // namespace weir::stream

// One rung as it comes out of a worker, across the lives of workers: only what continues it is passed on, so that decode times
// strictly rise and a new worker's rung begins with a keyframe that is later than all that viewers have had.
#pragma once

#include "media/packet.hpp"
#include "media/track.hpp"

#include <optional>
#include <string>

namespace weir::transcode {

class RungOutput {
  public:
    void set_tracks(media::TrackSetRef tracks) { tracks_ = std::move(tracks); }
    [[nodiscard]] const media::TrackSetRef& tracks() const noexcept { return tracks_; }  ///< null before the first

    /// The source does not continue what came before `dts`: a rung that was interrupted meanwhile says so when it is back.
    void source_broke(media::Ticks dts) noexcept { broken_at_ = dts; }
    /// Nothing comes until a keyframe. Whether something came until now.
    bool interrupt() noexcept;
    /// The worker that the tracks were of is gone.
    void forget_tracks() noexcept { tracks_.reset(); }
    /// False: not passed on, since it repeats or does not follow. True: it is next, perhaps marked as a discontinuity.
    [[nodiscard]] bool accept(media::Packet& packet) noexcept;

    [[nodiscard]] bool is_flowing() const noexcept { return is_flowing_; }
    /// Anything at all was passed on since the beginning.
    [[nodiscard]] bool has_begun() const noexcept { return newest_.has_value(); }
    /// The latest presentation time that was passed on.
    [[nodiscard]] std::optional<media::Ticks> delivered() const noexcept { return newest_; }

  private:
    [[nodiscard]] bool follows(const media::Packet& packet) const noexcept;

    media::TrackSetRef tracks_;
    bool is_flowing_ = false;
    std::optional<media::Ticks> last_;       ///< dts
    std::optional<media::Ticks> newest_;     ///< pts
    std::optional<media::Ticks> broken_at_;  ///< dts in the source, not yet said
};

}  // namespace weir::transcode

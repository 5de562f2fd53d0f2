// When the pictures of a source are to be decoded, from when they are presented: RTP says the latter alone, and has pictures in the order of
// decoding. A picture is decoded when the one that is presented `depth` pictures before it is, with as many as may precede one and
// follow it; so the times rise steadily, and none is later than its picture. Nothing waits for this.
#pragma once

#include "media/ticks.hpp"
#include "media/track.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace weir::format::rtp {

class DecodeTimes {
  public:
    /// For the pictures that follow. Where an H.264 source does not say how it reorders, none is expected until some is seen.
    void follow(const media::Track& track);
    /// The time of the next picture, in the order of decoding. `gap`: pictures before it are missing.
    [[nodiscard]] media::Ticks next(media::Ticks presented, bool gap);

  private:
    static constexpr std::size_t longest_window = 16;  ///< no codec reorders by more

    void learn(media::Ticks presented);
    void measure(media::Ticks step) noexcept;

    unsigned depth_ = 0;
    unsigned most_depth_ = 0;
    media::Ticks period_;               ///< between pictures, as well as it is known
    std::deque<media::Ticks> recent_;   ///< presentation times, in the order of decoding
    std::vector<media::Ticks> ahead_;   ///< presented after what was decoded last, sorted
    std::optional<media::Ticks> last_;  ///< decoded
};

}  // namespace weir::format::rtp

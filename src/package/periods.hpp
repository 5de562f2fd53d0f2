// Where a stream's segments part into periods (see stream::Period), for DASH: at a discontinuity; where a rendition comes, goes,
// has a gap or another header; and where time of day has drifted from stream time. HLS needs none of it: there a gap is a tag, a
// header belongs to its segment, and each segment has its own time of day.
#pragma once

#include "stream/segments.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace weir::package {

class Periods {
  public:
    /// How far a period's time of day may be from that of a segment in it. A publisher whose clock is off by 50 parts in a
    /// million gets there in an hour and a half.
    static constexpr base::Duration most_drift = std::chrono::milliseconds(250);

    /// Whether it cannot go on with what began so.
    [[nodiscard]] static bool breaks(const stream::Segment& segment, const stream::Period& period);
    /// The one that a segment begins.
    [[nodiscard]] static stream::Period begun_by(const stream::Segment& segment) {
        return {.sequence = segment.sequence, .start = segment.start, .wall = segment.wall};
    }

    /// One rendition's segment of a number.
    struct Column {
        std::string_view rendition;
        const stream::Segment* segment;
    };
    /// The next number, with every rendition that lists it, pictures before sound: one at least.
    void add(std::span<const Column> row);
    /// Nothing before that number is listed any more.
    void forget_before(std::uint64_t sequence);

    /// Oldest first.
    [[nodiscard]] const std::deque<stream::Period>& all() const noexcept { return periods_; }

  private:
    std::deque<stream::Period> periods_;
    std::string members_;  ///< of the newest: its renditions and their headers
};

}  // namespace weir::package

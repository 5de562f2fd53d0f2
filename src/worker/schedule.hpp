// Which file of a source is played next: those without a time in turn, again and again, and between them those with a time of the day
// (UTC) when it comes, each to its end or until the next one's time. What was due before the schedule began is not made up for.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::worker {

/// "show.mp4@20:15" taken apart; a name whose end is no time of the day has none.
struct ScheduledFile {
    std::string_view name;
    std::optional<std::chrono::seconds> at;  ///< since midnight
};
[[nodiscard]] ScheduledFile parse_scheduled_file(std::string_view entry);

class Schedule {
  public:
    /// One for each file; at least one.
    Schedule(std::vector<std::optional<std::chrono::seconds>> times, base::WallTime now);

    /// The place of the file to play now.
    [[nodiscard]] std::size_t next(base::WallTime now);
    /// One with a time has come due since `next`: what is played gives way to it.
    [[nodiscard]] bool is_due(base::WallTime now) const { return due(now).has_value(); }

  private:
    /// The latest that came due since `seen_`.
    [[nodiscard]] std::optional<std::size_t> due(base::WallTime now) const;

    std::vector<std::optional<std::chrono::seconds>> times_;
    std::vector<std::size_t> fillers_;  ///< places of those without a time
    std::size_t filler_ = 0;            ///< the next of them
    base::WallTime seen_;
};

}  // namespace weir::worker

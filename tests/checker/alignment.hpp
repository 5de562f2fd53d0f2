// The renditions of a stream beside each other: what a player relies on that changes from one to another.
#pragma once

#include "checker/tape.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace weir::checker {

class Alignment {
  public:
    /// A version of one of the playlists.
    void look(const Playlist& playlist, Findings& findings);
    /// A segment of one of them.
    void look(const Fact& fact, bool is_video, Findings& findings);
    /// The server began anew.
    void restart();

  private:
    struct Span {
        double first;
        double last;
    };
    /// What the renditions share of one number.
    struct Shared {
        std::optional<std::uint64_t> discontinuity;
        std::optional<Fact> picture;  ///< the first video that was looked at
        std::optional<Span> zero;     ///< Unix seconds of media time zero, as near as it is known
        std::optional<base::WallTime> date;
    };
    [[nodiscard]] Shared& at(std::uint64_t sequence);
    static void look_at_date(Shared& shared, const Fact& fact, Findings& findings);
    static void look_at_start(Shared& shared, const Fact& fact, bool is_video, Findings& findings);

    std::optional<Time> target_;
    std::optional<Control> control_;
    std::map<std::uint64_t, Shared> shared_;
};

/// RFC 8216bis 1.1: "the largest bit rate of any contiguous set of segments whose total duration is between 0.5 and 1.5 times the
/// Target Duration".
class PeakRate {
  public:
    void add(const Fact& fact);
    /// Of the segments from `oldest` to `last`.
    [[nodiscard]] std::uint64_t bits_per_second(Time target, std::uint64_t oldest, std::uint64_t last) const;
    /// The number of the newest.
    [[nodiscard]] std::uint64_t last() const noexcept { return last_; }

  private:
    std::deque<Fact> recent_;
    std::uint64_t last_ = 0;
};

}  // namespace weir::checker

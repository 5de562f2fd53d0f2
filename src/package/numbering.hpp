// Gives the boundaries between segments their numbers, which all renditions of a stream share. Sequence numbers start at the
// Unix second of the stream's start and count up by one, and a segment's number is never above the Unix second at which it
// starts: so numbers cannot overtake the clock, and a restarted server goes on above them with nothing stored. (The stream
// keeps the rule for the boundaries that it flags; here it holds for those too that the packager adds.)
#pragma once

#include "base/clock.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace weir::package {

struct Boundary {
    std::uint64_t sequence = 0;  ///< of the segment that starts here
    std::uint64_t discontinuity_sequence = 0;
    bool discontinuity = false;
    media::Ticks at;  ///< stream time: where the packet is presented that a boundary was flagged on
    /// What is presented from here on is not of the segment before: `at`, or earlier where this one started over.
    media::Ticks from;
    base::WallTime wall;
};

enum class Break : std::uint8_t { continuous, discontinuity };

/// By which segments are numbered; zero for what is before 1970.
[[nodiscard]] std::uint64_t unix_second(base::WallTime time) noexcept;

class Numbering {
  public:
    explicit Numbering(std::uint64_t epoch) noexcept : epoch_(epoch) {}

    enum class Outcome : std::uint8_t {
        opened,
        reopened,  ///< a discontinuity before the next number is due: the newest segment starts over, with what follows
        refused,   ///< before the next number is due: the newest segment goes on
    };
    /// The first one is always opened. A discontinuity is refused only where the newest segment is sealed.
    Outcome open(media::Ticks at, base::WallTime wall, Break kind);
    /// Players have seen some of the newest segment: it does not start over.
    void seal() noexcept { is_sealed_ = true; }

    [[nodiscard]] bool empty() const noexcept { return boundaries_.empty(); }
    [[nodiscard]] const Boundary& newest() const noexcept { return boundaries_.back(); }
    /// The oldest that was not forgotten: the first segment that is not published.
    [[nodiscard]] const Boundary& oldest() const noexcept { return boundaries_.front(); }
    /// The one that ends segment `sequence`; null while that is the newest.
    [[nodiscard]] const Boundary* after(std::uint64_t sequence) const noexcept;
    /// Where segment `sequence` ends: where it is known, or as long after its start as the newest that no break cut short was;
    /// nothing where the source has come as far as `horizon` and that was wrong.
    [[nodiscard]] std::optional<media::Ticks> expected_end(std::uint64_t sequence, media::Ticks horizon) const noexcept;
    /// The newest at or before `time`; null when there is none that was not forgotten.
    [[nodiscard]] const Boundary* before(media::Ticks time) const noexcept;
    /// The one at exactly `time`; null when there is none that was not forgotten.
    [[nodiscard]] const Boundary* starting_at(media::Ticks time) const noexcept;
    /// Forgets the oldest. It must not be the newest.
    void forget_oldest() { boundaries_.pop_front(); }

  private:
    std::uint64_t epoch_;
    std::deque<Boundary> boundaries_;
    media::Ticks usual_;  ///< length of a segment; zero: none was whole
    bool is_sealed_ = false;
};

}  // namespace weir::package

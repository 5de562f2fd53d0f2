#include "package/numbering.hpp"

#include <algorithm>
#include <ranges>

namespace weir::package {

namespace {

/// How far the time of day that a stream gives its frames may be behind the clock by which it counts elapsed seconds.
constexpr base::Duration mapping_lag = std::chrono::milliseconds(500);

// Players keep arrays that are indexed by it, so it cannot be a Unix second: see docs/decisions/001-discontinuity-sequence.md.
std::uint64_t first_discontinuity(std::uint64_t epoch) {
    constexpr std::uint64_t year_2026 = 1'767'225'600;
    constexpr std::uint64_t ten_minutes = 600;
    return epoch < year_2026 ? 0 : (epoch - year_2026) / ten_minutes;
}

/// Whatever the clock says: no time of day is given to much more than one moment (RFC 8216bis 6.2.1).
base::WallTime date_behind(const Boundary& before, media::Ticks at, base::WallTime wall) {
    return std::max(wall, before.wall + (at - before.at).to_duration() * 3 / 4);
}

}  // namespace

std::uint64_t unix_second(base::WallTime time) noexcept {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, seconds));
}

Numbering::Outcome Numbering::open(media::Ticks at, base::WallTime wall, Break kind) {
    const bool breaks = kind == Break::discontinuity;
    if (boundaries_.empty()) {
        boundaries_.push_back({.sequence = epoch_,
                               .discontinuity_sequence = first_discontinuity(epoch_),
                               .discontinuity = false,
                               .at = at,
                               .from = at,
                               .wall = wall});
        return Outcome::opened;
    }
    Boundary& last = boundaries_.back();
    if (last.sequence + 1 <= unix_second(wall + mapping_lag)) {
        is_sealed_ = false;
        if (!breaks) usual_ = at - last.at;
        boundaries_.push_back({.sequence = last.sequence + 1,
                               .discontinuity_sequence = last.discontinuity_sequence + (breaks ? 1 : 0),
                               .discontinuity = breaks,
                               .at = at,
                               .from = at,
                               .wall = date_behind(last, at, wall)});
        return Outcome::opened;
    }
    if (!breaks || is_sealed_) return Outcome::refused;
    const bool is_first = last.sequence == epoch_;
    if (!last.discontinuity && !is_first) {
        last.discontinuity = true;
        ++last.discontinuity_sequence;
    }
    last.at = at;
    last.wall = boundaries_.size() > 1 ? date_behind(boundaries_[boundaries_.size() - 2], at, wall) : wall;
    return Outcome::reopened;
}

const Boundary* Numbering::after(std::uint64_t sequence) const noexcept {
    if (empty() || sequence >= newest().sequence) return nullptr;
    const std::uint64_t oldest_sequence = oldest().sequence;
    return &boundaries_[sequence < oldest_sequence ? 0 : sequence + 1 - oldest_sequence];
}

std::optional<media::Ticks> Numbering::expected_end(std::uint64_t sequence, media::Ticks horizon) const noexcept {
    if (const Boundary* const next = after(sequence)) return next->at;
    const bool can_tell = !empty() && usual_ != media::Ticks() && newest().at + usual_ > horizon;
    return can_tell ? std::optional(newest().at + usual_) : std::nullopt;
}

const Boundary* Numbering::before(media::Ticks time) const noexcept {
    for (const Boundary& boundary : std::views::reverse(boundaries_))
        if (boundary.at <= time) return &boundary;
    return nullptr;
}

const Boundary* Numbering::starting_at(media::Ticks time) const noexcept {
    const Boundary* boundary = before(time);
    return boundary != nullptr && boundary->at == time ? boundary : nullptr;
}

}  // namespace weir::package

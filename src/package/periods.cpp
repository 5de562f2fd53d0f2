#include "package/periods.hpp"

#include <algorithm>

namespace weir::package {

namespace {

using stream::Period;
using stream::Segment;

/// When stream time was zero.
template <typename Point>
base::WallTime zero_of(const Point& point) {
    return point.wall - point.start.to_duration();
}

std::string members_of(std::span<const Periods::Column> row) {
    std::string members;
    for (const auto& [rendition, segment] : row)
        if (!segment->gap && segment->init != nullptr)
            members.append(rendition).append("=").append(segment->init->hash).append(" ");
    return members;
}

/// The first that has something: so all pictures begin together.
const Segment& first_of(std::span<const Periods::Column> row) {
    const auto found = std::ranges::find_if(row, [](const auto& column) { return !column.segment->gap; });
    return *(found != row.end() ? found->segment : row.front().segment);
}

}  // namespace

bool Periods::breaks(const Segment& segment, const Period& period) {
    return segment.discontinuity || std::chrono::abs(zero_of(segment) - zero_of(period)) > most_drift;
}

void Periods::add(std::span<const Column> row) {
    const Segment& first = first_of(row);
    std::string members = members_of(row);
    const bool is_break = periods_.empty() || breaks(first, periods_.back());
    if (!is_break && members == members_) return;
    Period begun = begun_by(first);
    // Where only members change, what plays on goes on without a seam.
    if (!is_break) begun.wall = zero_of(periods_.back()) + first.start.to_duration();
    periods_.push_back(begun);
    members_ = std::move(members);
}

void Periods::forget_before(std::uint64_t sequence) {
    while (periods_.size() > 1 && periods_[1].sequence <= sequence) periods_.pop_front();
}

}  // namespace weir::package

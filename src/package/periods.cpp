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

/// The one that presents first; of gaps only where there is nothing else.
const Segment& first_of(std::span<const Periods::Column> row) {
    const Segment* first = row.front().segment;
    for (const auto& [rendition, segment] : row)
        if (!segment->gap && (first->gap || segment->start < first->start)) first = segment;
    return *first;
}

}  // namespace

void Periods::add(std::span<const Column> row) {
    const Segment& first = first_of(row);
    std::string members = members_of(row);
    const bool breaks = periods_.empty() || first.discontinuity ||
                        std::chrono::abs(zero_of(first) - zero_of(periods_.back())) > most_drift;
    if (!breaks && members == members_) return;
    // Where only members change, what plays on goes on without a seam.
    const base::WallTime wall = breaks ? first.wall : zero_of(periods_.back()) + first.start.to_duration();
    periods_.push_back({.sequence = first.sequence, .start = first.start, .wall = wall});
    members_ = std::move(members);
}

void Periods::forget_before(std::uint64_t sequence) {
    while (periods_.size() > 1 && periods_[1].sequence <= sequence) periods_.pop_front();
}

}  // namespace weir::package

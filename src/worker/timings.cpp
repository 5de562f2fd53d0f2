#include "worker/timings.hpp"

#include <algorithm>
#include <vector>

namespace weir::worker {

void Timings::add(media::Ticks pts, std::chrono::nanoseconds took) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    const std::lock_guard lock(mutex_);
    entries_[count_++ % entries_.size()] = {pts, static_cast<std::uint32_t>(microseconds)};
}

Timings::Summary Timings::summary() const {
    std::vector<Entry> entries;
    {
        const std::lock_guard lock(mutex_);
        entries.assign(entries_.begin(),
                       entries_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, entries_.size())));
    }
    if (entries.empty()) return {};
    std::ranges::sort(entries, {}, &Entry::microseconds);
    const auto at = [&](std::size_t percent) { return entries[(entries.size() - 1) * percent / 100].microseconds; };
    std::uint64_t total = 0;
    for (const Entry& entry : entries) total += entry.microseconds;
    const auto [first, last] = std::ranges::minmax(entries, {}, &Entry::pts);
    const std::int64_t played = (last.pts - first.pts).to(1'000'000);
    Summary summary{at(50), at(95), at(99), 0};
    // The first frame's own time is not in `played`.
    const std::uint64_t counted = total - total / entries.size();
    if (counted != 0) summary.speed = static_cast<std::uint32_t>(static_cast<std::uint64_t>(played) * 1000 / counted);
    return summary;
}

}  // namespace weir::worker

#include "base/troubles.hpp"

#include <algorithm>

namespace weir::base {

void Troubles::note(std::string_view reason, std::uint64_t times) {
    auto entry = std::ranges::find(entries_, reason, &Entry::reason);
    if (entry == entries_.end() && entries_.size() >= most_reasons) {
        reason = "other troubles";
        entry = std::ranges::find(entries_, reason, &Entry::reason);
    }
    if (entry == entries_.end()) {
        entries_.push_back({reason, times});
    } else {
        entry->times += times;
    }
}

std::vector<std::string> Troubles::take(Instant now) {
    if (entries_.empty() || (told_ && now - *told_ < std::chrono::seconds(1))) {
        return {};
    }
    told_ = now;
    std::vector<std::string> lines;
    lines.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        std::string line(entry.reason);
        if (entry.times != 1) {
            line += " ×" + std::to_string(entry.times) + " in the last second";
        }
        lines.push_back(std::move(line));
    }
    entries_.clear();
    return lines;
}

void Troubles::report(const Log& log, Instant now) {
    for (const std::string& line : take(now)) {
        log.warning(line);
    }
}

}  // namespace weir::base

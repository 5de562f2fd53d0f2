#include "worker/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::worker {

using namespace std::chrono_literals;

namespace {

/// "20:15" or "20:15:30".
std::optional<std::chrono::seconds> parse_time(std::string_view text) {
    std::chrono::seconds total{};
    std::chrono::seconds unit = 1h;
    int least = 0;
    int most = 23;
    for (int part = 0; part < 3; ++part, unit /= 60, most = 59) {
        int value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end - text.data() != 2 || value < least || value > most) return std::nullopt;
        total += value * unit;
        text.remove_prefix(2);
        if (text.empty()) return part > 0 ? std::optional(total) : std::nullopt;
        if (text.front() != ':') return std::nullopt;
        text.remove_prefix(1);
    }
    return std::nullopt;
}

}  // namespace

ScheduledFile parse_scheduled_file(std::string_view entry) {
    const std::size_t at = entry.rfind('@');
    if (at == std::string_view::npos) return {entry, {}};
    const auto time = parse_time(entry.substr(at + 1));
    if (!time) return {entry, {}};
    return {entry.substr(0, at), time};
}

Schedule::Schedule(std::vector<std::optional<std::chrono::seconds>> times, base::WallTime now)
    : times_(std::move(times)), seen_(now) {
    for (std::size_t i = 0; i < times_.size(); ++i)
        if (!times_[i]) fillers_.push_back(i);
    // Nothing else is there to play.
    if (fillers_.empty()) fillers_.push_back(0);
}

std::size_t Schedule::next(base::WallTime now) {
    const auto found = due(now);
    seen_ = std::max(seen_, now);
    if (found) return *found;
    return fillers_[filler_++ % fillers_.size()];
}

std::optional<std::size_t> Schedule::due(base::WallTime now) const {
    const base::WallTime midnight = std::chrono::floor<std::chrono::days>(now);
    std::optional<std::size_t> latest;
    base::WallTime latest_time = seen_;
    for (std::size_t i = 0; i < times_.size(); ++i) {
        if (!times_[i]) continue;
        base::WallTime time = midnight + *times_[i];
        if (time > now) time -= 24h;  // yesterday's
        if (time > latest_time) latest = i, latest_time = time;
    }
    return latest;
}

}  // namespace weir::worker

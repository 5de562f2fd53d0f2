#include "stream/logs.hpp"

#include <algorithm>

namespace weir::stream {

bool Logs::has(const Rendition& rendition, const WireFormat& format) const noexcept {
    return std::ranges::any_of(logs_, [&](const Open& open) {
        return open.rendition == &rendition && &open.log.format() == &format && !open.log.is_spent();
    });
}

base::Result<std::uint64_t> Logs::open(Rendition& rendition, const WireFormat& format, LogSubscriber subscriber,
                                       base::Now now) {
    if (rendition.newest_join() == rendition.held().size())
        return base::fail(base::ErrorKind::not_found, "there is no picture to start from yet");
    Open& open = log_of(rendition, format, now);
    const std::uint64_t id = next_id_++;
    subscriptions_[id] = {&open, open.log.subscribe(std::move(subscriber))};
    return id;
}

void Logs::close(std::uint64_t id, base::Now now) {
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) return;
    found->second.open->log.unsubscribe(found->second.reader, now.instant);
    subscriptions_.erase(found);
}

void Logs::set_now(base::Now now) noexcept {
    for (Open& open : logs_) open.log.set_now(now);
}

void Logs::tick(base::Now now) {
    for (Open& open : logs_) open.log.tick(now);
    for (auto at = logs_.begin(); at != logs_.end();) {
        const bool unneeded = at->log.is_spent() || at->log.is_idle(now.instant);
        if (unneeded) std::erase_if(subscriptions_, [&](const auto& entry) { return entry.second.open == &*at; });
        at = unneeded ? logs_.erase(at) : std::next(at);
    }
}

bool Logs::has(const Rendition& rendition) const noexcept {
    return std::ranges::any_of(logs_, [&](const Open& open) { return open.rendition == &rendition; });
}

void Logs::end() {
    for (Open& open : logs_) open.log.end();
}

void Logs::end(const Rendition& rendition) {
    for (Open& open : logs_)
        if (open.rendition == &rendition) open.log.end();
}

bool Logs::is_waiting() const noexcept {
    return std::ranges::any_of(logs_, [](const Open& open) { return open.log.deadline() != base::Instant::max(); });
}

Logs::Open& Logs::log_of(Rendition& rendition, const WireFormat& format, base::Now now) {
    for (Open& open : logs_)
        if (open.rendition == &rendition && &open.log.format() == &format && !open.log.is_spent()) return open;
    return logs_.emplace_back(format, rendition, limits_, now);
}

}  // namespace weir::stream

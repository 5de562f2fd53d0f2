#include "stream/followers.hpp"

#include <utility>

namespace weir::stream {

void Followers::add(MediaFollower follower, const Rendition& source, bool is_own, base::Now now) {
    if (is_own)
        for (std::size_t at = source.newest_join(); at < source.held().size(); ++at)
            give(follower, source.held()[at], now);
    all_.push_back(std::move(follower));
}

void Followers::give(const Entry& entry, base::Now now) const {
    for (const MediaFollower& follower : all_) give(follower, entry, now);
}

void Followers::give(const MediaFollower& follower, const Entry& entry, base::Now now) {
    auto give = follower.give.lock();
    if (give == nullptr) return;
    follower.executor->post([give = std::move(give), item = Item{*entry.packet, entry.tracks}, now]() mutable {
        (*give)(std::move(item), now);
    });
}

void Followers::tick() {
    std::erase_if(all_, [](const MediaFollower& follower) { return follower.give.expired(); });
}

}  // namespace weir::stream

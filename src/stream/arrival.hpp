// When packets came that come together: some wait until all tracks are known, and are older than the newest of them.
#pragma once

#include "base/clock.hpp"
#include "stream/entry.hpp"

#include <algorithm>
#include <chrono>
#include <span>

namespace weir::stream {

[[nodiscard]] inline media::Ticks newest_of(std::span<const Item> items) noexcept {
    const auto newest = std::ranges::max_element(items, {}, [](const Item& item) { return item.packet.dts; });
    return newest != items.end() ? newest->packet.dts : media::Ticks();
}

/// When a packet came that is so much older than the newest, which comes now.
[[nodiscard]] inline base::Now earlier(base::Now now, media::Ticks age) noexcept {
    constexpr base::Duration most = std::chrono::seconds(2);
    return {now.instant, now.wall - std::clamp<base::Duration>(age.to_duration(), {}, most)};
}

}  // namespace weir::stream

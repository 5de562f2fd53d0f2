// Who polls playlists, as far as HTTP tells: a viewer is an address and a player, seen within the last few target durations.
// Bounded: of more than `most` viewers the rest is not told apart. On the stream's shard.
#pragma once

#include "base/clock.hpp"
#include "base/memory.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace weir::stream {

class Audience {
  public:
    static constexpr std::size_t most = 100'000;

    void note(std::uint64_t viewer, base::Instant now) {
        if (seen_.size() < most || seen_.contains(viewer)) seen_[viewer] = now;
        records_.set(seen_.size() * record_cost);
    }
    /// Forgets whoever has not been seen for `lifetime`; how many are left.
    std::size_t count(base::Instant now, base::Duration lifetime) {
        std::erase_if(seen_, [&](const auto& one) { return now - one.second > lifetime; });
        records_.set(seen_.size() * record_cost);
        return seen_.size();
    }

  private:
    static constexpr std::size_t record_cost = 64;  ///< a node, with the allocator's share and its bucket

    std::unordered_map<std::uint64_t, base::Instant> seen_;
    base::MemoryCharge records_;
};

}  // namespace weir::stream

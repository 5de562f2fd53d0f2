// What a contender has sent since its newest keyframe: with it, it can go on air at once. Payloads are shared with what is shown of it. A group that grows beyond
// the limits is let go whole, and the next keyframe begins another. Owned by its contender, on the stream's shard.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/memory.hpp"
#include "stream/entry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::stream {

class HeldGroup {
  public:
    struct Limits {
        base::ByteCount held_bytes{16U << 20};
        base::Duration held_time = std::chrono::seconds(12);

        void fields(this auto& self, auto&& visit) {
            visit("held_bytes", self.held_bytes,
                  base::Limit{.what = "packets since the newest keyframe of a source, where another stands by",
                              .at_limit = "they go; it can go on air at its next keyframe",
                              .metric = "weir_contender_groups_dropped_total"});
            visit("held_time", self.held_time,
                  base::Limit{.what = "how long ago that keyframe came",
                              .at_limit = "they go; it can go on air at its next keyframe",
                              .metric = "weir_contender_groups_dropped_total"});
        }
    };
    struct Held {
        Item item;
        base::Now came;
    };

    explicit HeldGroup(const Limits& limits) noexcept : limits_(limits) {}

    void put(Item item, base::Now now);
    /// There is a keyframe to begin with.
    [[nodiscard]] bool is_ready() const noexcept { return !held_.empty(); }
    /// That keyframe is the newest packet of all.
    [[nodiscard]] bool is_at_keyframe() const noexcept { return held_.size() == 1; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Groups that were let go at a limit.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
    /// All of it, in order.
    [[nodiscard]] const std::vector<Held>& all() const noexcept { return held_; }
    /// There is no memory for it.
    void drop();

  private:
    void clear() noexcept;
    [[nodiscard]] bool is_too_much(base::Instant now) const noexcept;

    const Limits limits_;
    std::vector<Held> held_;
    std::size_t bytes_ = 0;  ///< of payloads
    std::uint64_t dropped_ = 0;
    base::MemoryCharge records_;
};

}  // namespace weir::stream

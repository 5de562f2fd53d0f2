// Who takes what a stream's own source sends, packet by packet, into another stream: its backup. Each is told on a shard of its own.
// Lives on the stream's shard; who follows lets go by dropping the function.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "stream/rendition.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace weir::stream {

/// Where packets go: `give` runs on `executor`, which outlives the stream.
struct MediaFollower {
    base::Executor* executor = nullptr;
    std::weak_ptr<const std::function<void(Item, base::Now)>> give;
};

class Followers {
  public:
    /// Begins with the newest join point of `source`, where `is_own`: what it holds is of the stream's own source.
    void add(MediaFollower follower, const Rendition& source, bool is_own, base::Now now);
    void give(const Entry& entry, base::Now now) const;
    /// Forgets who has let go.
    void tick();
    void clear() { all_.clear(); }

    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

  private:
    static void give(const MediaFollower& follower, const Entry& entry, base::Now now);

    std::vector<MediaFollower> all_;
};

}  // namespace weir::stream

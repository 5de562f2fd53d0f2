// Who waits for a stream's segment index to change: subscribers on any shard, to each of which every new index is posted, one
// message per change and shard. Lives on the stream's shard.
#pragma once

#include "base/executor.hpp"
#include "stream/segments.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace weir::stream {

/// Where indexes go: `deliver` runs on `executor`. Null says that there will be no other.
struct IndexSubscriber {
    base::Executor* executor = nullptr;
    std::shared_ptr<std::function<void(SegmentIndexRef)>> deliver;
};

class IndexFeed {
  public:
    /// Gets the newest index at once, where there is one. Returns an id for `unsubscribe`, never zero.
    std::uint64_t subscribe(IndexSubscriber subscriber);
    /// An id that is not known (any more) is ignored.
    void unsubscribe(std::uint64_t id);
    /// Tells everybody, where it is another than before.
    void publish(const SegmentIndexRef& index);
    [[nodiscard]] bool has(const SegmentIndexRef& index) const noexcept { return index == newest_; }
    /// Nothing comes any more.
    void end();

    [[nodiscard]] bool empty() const noexcept { return readers_.empty(); }

  private:
    struct Reader {
        std::uint64_t id;
        IndexSubscriber subscriber;
    };
    static void deliver(const IndexSubscriber& subscriber, SegmentIndexRef index);

    std::vector<Reader> readers_;
    SegmentIndexRef newest_;
    std::uint64_t next_id_ = 1;
    bool has_ended_ = false;
};

}  // namespace weir::stream

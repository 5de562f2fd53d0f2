// What is made of a stream's segment index for all who ask, made once for each state of it: the texts of playlists and manifests of one
// shard. The index itself, and with it the media of its window, is not held: of a stream that has ended nothing is left but what was
// made, and that goes as others' indexes change.
#pragma once

#include "base/stream_id.hpp"
#include "stream/segments.hpp"

#include <cstddef>
#include <map>
#include <memory>

namespace weir::endpoint {

template <typename Made>
class IndexCache {
  public:
    /// What was made of the index; a new `Made` where it was not seen yet. Valid until the next call.
    [[nodiscard]] Made& of(const base::StreamId& id, const stream::SegmentIndexRef& index) {
        Entry& entry = entries_[id];
        if (is_same(entry.index, index)) return entry.made;
        entry = {.index = index, .made = {}};
        look_at_next(entry);
        return entry.made;
    }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        std::weak_ptr<const stream::SegmentIndex> index;
        Made made;
    };
    using Entries = std::map<base::StreamId, Entry>;

    /// One index, and not another in its place: a weak reference keeps the count, and so its address is not used again.
    static bool is_same(const std::weak_ptr<const stream::SegmentIndex>& known,
                        const stream::SegmentIndexRef& index) noexcept {
        return !known.owner_before(index) && !index.owner_before(known);
    }
    /// One after the other, and one for each that comes: so there are no more than there are streams that are asked for.
    void look_at_next(const Entry& newest) {
        if (next_ == entries_.end()) next_ = entries_.begin();
        if (&next_->second != &newest && next_->second.index.expired()) next_ = entries_.erase(next_);
        else ++next_;
    }

    Entries entries_;
    typename Entries::iterator next_ = entries_.end();
};

}  // namespace weir::endpoint

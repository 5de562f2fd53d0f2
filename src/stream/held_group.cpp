#include "stream/held_group.hpp"

#include "stream/splice.hpp"

#include <utility>

namespace weir::stream {

void HeldGroup::put(Item item, base::Now now) {
    const bool begins = item.packet.keyframe && item.packet.track == leading_track_of(*item.tracks);
    if (begins) clear();
    else if (held_.empty()) return;
    bytes_ += item.packet.payload.size();
    held_.push_back({.item = std::move(item), .came = now});
    records_.set(held_.capacity() * sizeof(Held));
    if (is_too_much(now.instant)) drop();
}

void HeldGroup::drop() {
    if (held_.empty()) return;
    ++dropped_;
    held_ = {};
    clear();
}

void HeldGroup::clear() noexcept {
    held_.clear();
    bytes_ = 0;
    records_.set(held_.capacity() * sizeof(Held));
}

bool HeldGroup::is_too_much(base::Instant now) const noexcept {
    const std::size_t records = held_.size() * sizeof(Held);
    return bytes_ + records > limits_.held_bytes.bytes() || now - held_.front().came.instant > limits_.held_time;
}

}  // namespace weir::stream

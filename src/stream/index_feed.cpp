#include "stream/index_feed.hpp"

#include <utility>

namespace weir::stream {

std::uint64_t IndexFeed::subscribe(IndexSubscriber subscriber) {
    if (newest_ != nullptr) deliver(subscriber, newest_);
    if (has_ended_) deliver(subscriber, nullptr);
    readers_.push_back({.id = next_id_, .subscriber = std::move(subscriber)});
    return next_id_++;
}

void IndexFeed::unsubscribe(std::uint64_t id) {
    std::erase_if(readers_, [id](const Reader& reader) { return reader.id == id; });
}

void IndexFeed::publish(const SegmentIndexRef& index) {
    if (index == newest_) return;
    newest_ = index;
    for (const Reader& reader : readers_) deliver(reader.subscriber, index);
}

void IndexFeed::end() {
    if (std::exchange(has_ended_, true)) return;
    for (const Reader& reader : readers_) deliver(reader.subscriber, nullptr);
}

void IndexFeed::deliver(const IndexSubscriber& subscriber, SegmentIndexRef index) {
    subscriber.executor->post([deliver = subscriber.deliver, index = std::move(index)] { (*deliver)(index); });
}

}  // namespace weir::stream

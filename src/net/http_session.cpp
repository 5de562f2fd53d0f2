#include "net/http_session.hpp"

namespace weir::net {

HttpSession::HttpSession(std::shared_ptr<HttpShard> shard)
    : shard_(std::move(shard)), queue_(&shard_->half_open), place_(queue_->insert(queue_->end(), this)) {
    service().counts.connections.add();
    service().counts.half_open.add();
    shard_->watch();
}

HttpSession::~HttpSession() {
    service().counts.connections.subtract();
    service().counts.half_open.subtract(queue_ == &shard_->half_open ? 1 : 0);
    queue_->erase(place_);
}

void HttpSession::evict(HttpFault fault) {
    queue_up(shard_->leaving);
    expire(fault);
}

void HttpSession::queue_up(HttpShard::Queue& queue) {
    if (queue_ == &queue) return;
    if (queue_ == &shard_->half_open) service().counts.half_open.subtract();
    queue.splice(queue.end(), *queue_, place_);
    queue_ = &queue;
}

bool HttpSession::is_memory_full() const noexcept {
    const base::MemoryLimit* memory = service().memory;
    return memory != nullptr && memory->is_full();
}

}  // namespace weir::net

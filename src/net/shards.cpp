#include "net/shards.hpp"

#include <boost/asio/post.hpp>

#include <sched.h>
#include <algorithm>

namespace weir::net {

namespace {

thread_local const Shard* current_shard = nullptr;

std::size_t usable_cores() {
    cpu_set_t cores;
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&cores)));
}

}  // namespace

std::size_t threads_for(std::size_t count) { return count == 0 ? usable_cores() : count; }

Shard::Shard(std::size_t index) : index_(index), context_(1), work_(context_.get_executor()) {}

Shard::~Shard() = default;

void Shard::post(Task task) {
    boost::asio::post(context_, [task = std::move(task)]() mutable { task(); });
}

bool Shard::is_current() const noexcept { return current_shard == this; }

void Shard::run() {
    current_shard = this;
    context_.run();
    current_shard = nullptr;
}

Shards::Shards(std::size_t count) {
    const std::size_t threads = threads_for(count);
    for (std::size_t index = 0; index < threads; ++index) shards_.push_back(std::make_unique<Shard>(index));
    for (auto& shard : shards_) shard->thread_ = std::jthread([shard = shard.get()] { shard->run(); });
}

Shards::~Shards() { stop(); }

void Shards::stop() {
    for (auto& shard : shards_) shard->context_.stop();
    for (auto& shard : shards_)
        if (shard->thread_.joinable()) shard->thread_.join();
}

}  // namespace weir::net

#include "app/idle_memory.hpp"

#include "base/bytes.hpp"
#include "base/slab_pool.hpp"

#include <malloc.h>

#include <algorithm>

namespace weir::app {

namespace {

constexpr std::size_t worth_a_trim = 16U << 20;

}  // namespace

void IdleMemory::look() {
    for (std::size_t index = 0; index < shards_.count(); ++index) shards_.at(index).post(&base::release_idle_slabs);
    const std::size_t media = base::slab_bytes();
    most_ = std::max(most_, media);
    if (most_ - media < worth_a_trim || media > most_ / 2) return;
    most_ = media;
    (void)::malloc_trim(0);
}

}  // namespace weir::app

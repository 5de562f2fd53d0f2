#include "app/idle_memory.hpp"

#include "base/bytes.hpp"
#include "base/slab_pool.hpp"

#include <algorithm>

/// Of jemalloc, which the program is linked with unless a sanitizer has an allocator of its own.
extern "C" __attribute__((weak)) int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                                             std::size_t new_size);

namespace weir::app {

namespace {

constexpr std::size_t worth_a_purge = 16U << 20;
constexpr const char* purge_all_arenas = "arena.4096.purge";  // MALLCTL_ARENAS_ALL

}  // namespace

void IdleMemory::look() {
    for (std::size_t index = 0; index < shards_.count(); ++index) shards_.at(index).post(&base::release_idle_slabs);
    const std::size_t media = base::slab_bytes();
    most_ = std::max(most_, media);
    if (most_ - media < worth_a_purge || media > most_ / 2) return;
    most_ = media;
    if (mallctl != nullptr) (void)mallctl(purge_all_arenas, nullptr, nullptr, nullptr, 0);
}

}  // namespace weir::app

#include "base/memory.hpp"

#include "base/bytes.hpp"

namespace weir::base {

namespace {

std::atomic<std::size_t> charged_bytes{0};

}  // namespace

std::size_t media_bytes() noexcept { return slab_bytes() + charged_bytes.load(std::memory_order_relaxed); }

void MemoryCharge::set(std::size_t bytes) noexcept {
    if (bytes == bytes_) return;
    charged_bytes.fetch_add(bytes - bytes_, std::memory_order_relaxed);
    bytes_ = bytes;
}

}  // namespace weir::base

#include "av/faults.hpp"

namespace weir::av::faults {

namespace {

std::atomic<std::uint64_t> calls{0};
std::atomic<std::uint64_t> failing{0};

}  // namespace

std::atomic<bool> detail::watching{false};

bool detail::next_fails() noexcept {
    return calls.fetch_add(1, std::memory_order_relaxed) + 1 == failing.load(std::memory_order_relaxed);
}

void arm(std::uint64_t n) noexcept {
    calls.store(0, std::memory_order_relaxed);
    failing.store(n, std::memory_order_relaxed);
    detail::watching.store(true, std::memory_order_relaxed);
}

std::uint64_t disarm() noexcept {
    detail::watching.store(false, std::memory_order_relaxed);
    return calls.load(std::memory_order_relaxed);
}

}  // namespace weir::av::faults

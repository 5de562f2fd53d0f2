// Faults on purpose, at the boundary to FFmpeg and zimg: each allocation, opening, sending and receiving asks here whether it
// is the one that fails. Tests count the calls of a whole run, and then let each of them fail once. Off it costs one load.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::av::faults {

namespace detail {
extern std::atomic<bool> watching;
[[nodiscard]] bool next_fails() noexcept;
}  // namespace detail

/// From here on calls are counted, and the `n`-th fails, the first being 1; with 0 none does.
void arm(std::uint64_t n) noexcept;
/// Back to normal; how many calls there were since `arm`.
std::uint64_t disarm() noexcept;

/// Asked before each call of a library that may fail.
[[nodiscard]] inline bool strike() noexcept {
    return detail::watching.load(std::memory_order_relaxed) && detail::next_fails();
}

}  // namespace weir::av::faults

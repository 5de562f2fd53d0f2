// The memory that media takes, and its limit. Slabs count by themselves (base/bytes.hpp); what lies beside them, and of which there may be
// as much as there are packets, is charged. Whoever is about to take more of it asks the limit right before: so it is passed by one
// such step of each thread at most, and the memory of the process has a ceiling (`weir docs limits`).
#pragma once

#include "base/units.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weir::base {

/// Bytes of all live slabs in the process, and what is charged beside them.
[[nodiscard]] std::size_t media_bytes() noexcept;

/// Bytes beside slabs, counted with them for as long as it lives. Not thread safe.
class MemoryCharge {
  public:
    MemoryCharge() noexcept = default;
    ~MemoryCharge() { set(0); }
    MemoryCharge(const MemoryCharge&) = delete;
    MemoryCharge& operator=(const MemoryCharge&) = delete;

    void set(std::size_t bytes) noexcept;

  private:
    std::size_t bytes_ = 0;
};

/// How much that may be. Any thread.
class MemoryLimit {
  public:
    explicit MemoryLimit(ByteCount most = ByteCount(UINT64_MAX)) noexcept : most_(most.bytes()) {}

    void set(ByteCount most) noexcept { most_.store(most.bytes(), std::memory_order_relaxed); }
    /// Nine tenths are in use: what can be spared goes.
    [[nodiscard]] bool is_short() const noexcept { return media_bytes() >= most() / 10 * 9; }
    /// All is in use: what can wait waits, and the rest is refused.
    [[nodiscard]] bool is_full() const noexcept { return media_bytes() >= most(); }

  private:
    [[nodiscard]] std::uint64_t most() const noexcept { return most_.load(std::memory_order_relaxed); }

    std::atomic<std::uint64_t> most_;
};

}  // namespace weir::base

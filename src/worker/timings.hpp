// How long the last frames of a rung took to encode. Written by the rung's thread, read by the one that reports.
#pragma once

#include "media/ticks.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace weir::worker {

class Timings {
  public:
    struct Summary {
        std::uint32_t p50 = 0;  ///< microseconds
        std::uint32_t p95 = 0;
        std::uint32_t p99 = 0;
        std::uint32_t speed = 0;  ///< 1/1000: what could be encoded by what has to
    };

    void add(media::Ticks pts, std::chrono::nanoseconds took);
    [[nodiscard]] Summary summary() const;

  private:
    struct Entry {
        media::Ticks pts;
        std::uint32_t microseconds = 0;
    };
    mutable std::mutex mutex_;
    std::array<Entry, 256> entries_{};  ///< a ring
    std::size_t count_ = 0;             ///< ever
};

}  // namespace weir::worker

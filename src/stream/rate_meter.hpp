// Bits a second over the last five seconds, in buckets of half a second.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace weir::stream {

class RateMeter {
  public:
    void add(std::uint64_t bytes, base::Instant now) noexcept {
        const std::int64_t at = bucket_of(now);
        if (!since_ || at - newest_ >= static_cast<std::int64_t>(buckets_.size())) since_ = now;
        newest_ = at;
        Bucket& bucket = buckets_[static_cast<std::size_t>(at) % buckets_.size()];
        if (bucket.at != at) bucket = {.at = at, .bytes = 0};
        bucket.bytes += bytes;
    }
    [[nodiscard]] std::uint64_t bits_per_second(base::Instant now) const noexcept {
        if (!since_) return 0;
        const std::int64_t oldest = bucket_of(now) - static_cast<std::int64_t>(buckets_.size()) + 1;
        std::uint64_t bytes = 0;
        for (const Bucket& bucket : buckets_)
            if (bucket.at >= oldest) bytes += bucket.bytes;
        const base::Instant from = std::max(*since_, base::Instant(oldest * width));
        const double seconds = std::chrono::duration<double>(now - from).count();
        return static_cast<std::uint64_t>(static_cast<double>(bytes * 8) / std::max(seconds, 1.0));
    }

  private:
    static constexpr base::Duration width = std::chrono::milliseconds(500);
    struct Bucket {
        std::int64_t at = INT64_MIN;
        std::uint64_t bytes = 0;
    };
    static std::int64_t bucket_of(base::Instant now) noexcept { return now.time_since_epoch() / width; }

    std::array<Bucket, 10> buckets_;
    std::int64_t newest_ = 0;
    std::optional<base::Instant> since_;  ///< when bytes began to come, with no longer silence since
};

}  // namespace weir::stream

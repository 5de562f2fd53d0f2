// Who polls a stream's playlists and manifests, counted once a second for each protocol. On the stream's shard.
#pragma once

#include "base/clock.hpp"
#include "stream/audience.hpp"
#include "stream/segments.hpp"
#include "stream/viewers.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::stream {

inline constexpr std::array polled_protocols{ViewerProtocol::hls, ViewerProtocol::dash};

class Audiences {
  public:
    /// `protocol` is one of the polled.
    void note(ViewerProtocol protocol, std::uint64_t viewer, base::Instant now) {
        all_[static_cast<std::size_t>(protocol)].note(viewer, now);
    }
    /// A viewer has gone when it has not been seen for three target durations of `index`.
    void count(const SegmentIndexRef& index, ViewerCounts& viewers, base::Instant now) {
        if (index == nullptr || now - counted_ < std::chrono::seconds(1)) return;
        counted_ = now;
        const base::Duration lifetime = index->target_duration.to_duration() * 3;
        for (const ViewerProtocol protocol : polled_protocols) {
            const std::size_t there = all_[static_cast<std::size_t>(protocol)].count(now, lifetime);
            viewers[protocol].store(static_cast<std::uint32_t>(there));
        }
    }

  private:
    std::array<Audience, polled_protocols.size()> all_;  ///< in that order, which is the enumerators'
    base::Instant counted_;
};

}  // namespace weir::stream

// What a worker that is started in the middle of a stream needs to begin at once: the packets of the source since its newest
// keyframe. The payloads are shared with the source's rendition.
#pragma once

#include "stream/entry.hpp"
#include "transcode/limits.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace weir::transcode {

class Replay {
  public:
    explicit Replay(const Limits& limits) noexcept
        : bytes_limit_(limits.held_bytes.bytes()), time_limit_(media::Ticks::from(limits.held_time)) {}

    /// Holds the packet; a keyframe of the video track begins anew.
    void write(const stream::Entry& entry);
    /// Holds nothing until the next keyframe.
    void clear() noexcept;
    /// Empty, or beginning with a keyframe.
    [[nodiscard]] const std::vector<stream::Entry>& entries() const noexcept { return entries_; }

    /// The presentation time from which it is worth encoding what is held: the newest segment boundary that is later than
    /// `delivered` and not long ago, so that its segment is whole; or else what is newest of all. Nothing while nothing is held.
    [[nodiscard]] std::optional<media::Ticks> worth_encoding(std::optional<media::Ticks> delivered) const;

  private:
    std::size_t bytes_limit_;
    media::Ticks time_limit_;
    std::vector<stream::Entry> entries_;
    std::size_t bytes_ = 0;
};

/// Whether a worker may begin with this packet: a keyframe of the video track.
[[nodiscard]] bool begins_pictures(const stream::Entry& entry);

}  // namespace weir::transcode

// What a worker that is started in the middle of a stream needs to begin at once: the packets of the source since its newest
// keyframe, or, where it makes nothing but sound, those of the last moments. The payloads are shared with the source's rendition.
#pragma once

#include "stream/entry.hpp"
#include "transcode/limits.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace weir::transcode {

class Replay {
  public:
    /// `made`: pictures, perhaps with sound, or sound alone.
    Replay(const Limits& limits, media::Kind made)
        : made_(made), bytes_limit_(limits.held_bytes.bytes()), time_limit_(media::Ticks::from(limits.held_time)) {}

    /// Holds the packet; a keyframe of the video track begins anew.
    void write(const stream::Entry& entry);
    /// Holds nothing until the next keyframe.
    void clear() noexcept;
    /// Empty, or beginning with a packet that `begins`.
    [[nodiscard]] const std::deque<stream::Entry>& entries() const noexcept { return entries_; }

    /// The presentation time from which it is worth encoding what is held: the newest segment boundary that is later than
    /// `delivered` and not long ago, so that its segment is whole; or else what is newest of all. Nothing while nothing is held.
    [[nodiscard]] std::optional<media::Ticks> worth_encoding(std::optional<media::Ticks> delivered) const;

    /// Whether a worker may begin with this packet, one of those that it is given: a keyframe of the video track, or any sound where it
    /// makes nothing else.
    [[nodiscard]] bool begins(const stream::Entry& entry) const;

  private:
    void drop_oldest() noexcept;

    media::Kind made_;
    std::size_t bytes_limit_;
    media::Ticks time_limit_;
    std::deque<stream::Entry> entries_;
    std::size_t bytes_ = 0;
};

}  // namespace weir::transcode

// One track's way into one CMAF rendition: packets in, closed segments out. It knows nothing of other renditions; where
// segments end it is told. Decode times are shifted so that a keyframe is decoded when it is presented (CMAF has no edit
// lists here), and always rise. A chunk is closed when the next packet would make it longer than a part.
#pragma once

#include "base/result.hpp"
#include "format/cmaf_chunk.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"
#include "package/numbering.hpp"
#include "stream/segments.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace weir::package {

class Lane {
  public:
    /// A packet on its way to the lane, with what was in force for it.
    struct Arrival {
        media::PacketRef packet;
        media::TrackSetRef tracks;
        base::WallTime wall;  ///< of its dts
    };

    Lane(media::Kind kind, media::Ticks part) noexcept : kind_(kind), part_(part) {}

    /// Looks up its track in `tracks`. Another init segment than the one in use interrupts the lane. `unsupported` where the
    /// track cannot be packaged.
    [[nodiscard]] base::Result<void> follow(const media::TrackSetRef& tracks);
    /// What comes next does not continue what was: a video lane waits for a keyframe, and the next segment may use
    /// another init segment. Holds until the next `add`.
    void interrupt() noexcept;
    [[nodiscard]] bool is_interrupted() const noexcept { return is_interrupted_; }
    [[nodiscard]] bool wants(const media::Packet& packet) const noexcept { return packet.keyframe || !needs_keyframe_; }
    /// The decode time that `add` would give the packet.
    [[nodiscard]] media::Ticks decode_time(const media::Packet& packet) const noexcept;

    [[nodiscard]] bool is_started() const noexcept { return open_ != nullptr; }
    /// Of the open segment.
    [[nodiscard]] std::uint64_t sequence() const noexcept { return open_->sequence; }
    /// Opens the first segment, whose first packet is decoded at `time`.
    void start(const Boundary& boundary, media::Ticks time);
    /// Closes the open segment and opens the one of `next`, at `time`.
    void cross(const Boundary& next, media::Ticks time);
    /// Throws away what the open segment holds; it starts over, at `time`.
    void restart(const Boundary& boundary, media::Ticks time);
    /// Throws away what the open segment holds: as it stands it is a gap.
    void discard();
    /// Appends to the open segment.
    void add(const media::PacketRef& packet);
    /// Closes the open segment, at `end` where it holds nothing; nothing may follow.
    void finish(media::Ticks end);

    /// Closed segments, oldest first, until they are taken.
    [[nodiscard]] std::deque<stream::SegmentRef>& closed() noexcept { return closed_; }
    /// It has nothing in the open segment, and had nothing in the one before.
    [[nodiscard]] bool is_silent() const noexcept { return was_gap_ && open_bytes_ == 0; }
    [[nodiscard]] std::size_t open_bytes() const noexcept { return open_bytes_; }
    /// Where the last packet of the open segment ends, as far as it is known.
    [[nodiscard]] media::Ticks end() const noexcept { return open_bytes_ != 0 ? nominal_end() : open_->start; }
    /// How long the last packet lasts.
    [[nodiscard]] media::Ticks frame() const noexcept { return last_duration_; }
    [[nodiscard]] media::Kind kind() const noexcept { return kind_; }
    [[nodiscard]] const media::Track& track() const noexcept { return track_; }

  private:
    void open(const Boundary& boundary, media::Ticks time);
    void close(media::Ticks end);
    void flush_chunk(media::Ticks end);
    [[nodiscard]] media::Ticks nominal_end() const noexcept;

    media::Kind kind_;
    media::Ticks part_;
    media::TrackSetRef tracks_;
    media::Track track_;
    std::uint32_t timescale_ = 0;
    std::shared_ptr<const stream::InitSegment> init_;
    std::shared_ptr<const stream::InitSegment> next_init_;  ///< of the segment after the open one, where it is another
    std::optional<format::cmaf::ChunkWriter> writer_;

    std::shared_ptr<stream::Segment> open_;
    std::size_t open_bytes_ = 0;
    std::vector<media::PacketRef> packets_;      ///< of the open chunk
    std::vector<format::cmaf::Sample> samples_;  ///< the same
    media::Ticks shift_;                         ///< from dts to decode time
    std::optional<media::Ticks> last_decode_;
    std::optional<media::Ticks> closed_decode_;  ///< the last of the segment before
    media::Ticks last_duration_;
    bool needs_keyframe_ = true;
    bool is_interrupted_ = false;
    bool was_gap_ = false;
    std::deque<stream::SegmentRef> closed_;
};

}  // namespace weir::package

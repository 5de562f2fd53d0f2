// One track's way into one CMAF rendition: packets in, closed segments out. It knows nothing of other renditions; where
// segments end it is told. Decode times are shifted so that a keyframe is decoded when it is presented (CMAF has no edit
// lists here), and always rise. A part is closed when the next packet would make it longer than the target: while frames last
// equally long that is known with the packet before. What is made is shown to players when its owner says so, part by part,
// and what was shown stays: a segment that is broken off then is a gap whose parts were there, and gap parts to its end. A part of a
// picture that somebody waits for is made of several chunks, each to be had as soon as it is there.
#pragma once

#include "base/result.hpp"
#include "format/cmaf_chunk.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"
#include "package/numbering.hpp"
#include "stream/segments.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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

    explicit Lane(media::Kind kind) noexcept : kind_(kind) {}
    /// The longest that a part may be; before the first packet.
    void set_part_target(media::Ticks target) noexcept { part_ = target; }
    /// What players have been told of the length of segments.
    void set_longest(media::Ticks target_duration) noexcept { longest_ = target_duration; }

    /// Whether somebody waits for parts while they are made.
    void set_followed(bool is_followed) noexcept { is_followed_ = is_followed; }

    /// Forgets everything but its target.
    void start_over() {
        Lane anew(kind_);
        anew.part_ = part_;
        anew.is_followed_ = is_followed_;
        *this = std::move(anew);
    }

    /// Looks up its track in `tracks`. Another init segment than the one in use interrupts the lane. `unsupported` where the
    /// track cannot be packaged.
    [[nodiscard]] base::Result<void> follow(const media::TrackSetRef& tracks);
    /// What comes next does not continue what was: a video lane waits for a keyframe, and the next segment may use
    /// another init segment. Holds until the next `add`.
    void interrupt() noexcept;
    [[nodiscard]] bool is_interrupted() const noexcept { return is_interrupted_; }
    /// What comes next needs another header than what was before it, and no discontinuity is between the two so far.
    [[nodiscard]] bool owes_break() const noexcept {
        return init_ != nullptr && next_init_ != nullptr && next_init_->hash != init_->hash && !has_broken_;
    }
    [[nodiscard]] bool wants(const media::Packet& packet) const noexcept { return packet.keyframe || !needs_keyframe_; }
    /// The decode time that `add` would give the packet.
    [[nodiscard]] media::Ticks decode_time(const media::Packet& packet) const noexcept;

    [[nodiscard]] bool is_started() const noexcept { return open_ != nullptr; }
    /// Of the open segment.
    [[nodiscard]] std::uint64_t sequence() const noexcept { return open_->sequence; }
    [[nodiscard]] media::Ticks start() const noexcept { return open_->start; }
    /// Opens the first segment, whose first packet is decoded at `time`.
    void begin(const Boundary& boundary, media::Ticks time);
    /// Closes the open segment and opens the one of `next`, at `time`.
    void cross(const Boundary& next, media::Ticks time);
    /// Throws away what the open segment holds, of which nothing was shown; it starts over, at `time`.
    void restart(const Boundary& boundary, media::Ticks time);
    /// Throws away what the open segment holds, but for what was shown: it will be a gap.
    void discard();
    /// Where the open segment has no media any more: says so of all parts that would be over at `time`, as far as any segment reaches.
    void miss(media::Ticks time);
    /// Appends to the open segment.
    void add(const media::PacketRef& packet);
    /// Closes the open segment, at `end` where it holds nothing; nothing may follow.
    void finish(media::Ticks end);

    /// Shows the parts that were made, in order, as long as `may_show(end of the part)`. True when there were some.
    template <typename MayShow>
    bool show(MayShow&& may_show);
    /// Whether a part of the open segment was shown.
    [[nodiscard]] bool is_open_shown() const noexcept { return shown_whole_ == closed_.size() && shown_parts_ != 0; }
    /// The closed segments that were shown to their end.
    [[nodiscard]] std::span<const stream::SegmentRef> shown() const noexcept { return {closed_.data(), shown_whole_}; }
    /// What was shown of the next one; null: nothing.
    [[nodiscard]] stream::SegmentRef shown_open() const;
    /// What was shown of the part behind all those.
    [[nodiscard]] stream::PartUnderWay shown_under_way() const;

    /// The oldest closed segment; null: there is none.
    [[nodiscard]] const stream::Segment* oldest() const noexcept {
        return closed_.empty() ? nullptr : closed_.front().get();
    }
    /// Takes it, shown by now or not.
    [[nodiscard]] stream::SegmentRef take_oldest();
    /// It has nothing in the open segment, and had nothing in the one before.
    [[nodiscard]] bool is_silent() const noexcept { return was_gap_ && open_bytes_ == 0; }
    [[nodiscard]] std::size_t open_bytes() const noexcept { return open_bytes_; }
    /// All that the open segment has are parts up to there: a picture that comes before it comes too late.
    [[nodiscard]] bool reaches(media::Ticks end) const noexcept;
    /// Where the last packet of the open segment ends, as far as it is known.
    [[nodiscard]] media::Ticks end() const noexcept { return open_bytes_ != 0 ? nominal_end() : covered_; }
    /// How long the last packet lasts.
    [[nodiscard]] media::Ticks frame() const noexcept { return last_duration_; }
    [[nodiscard]] media::Kind kind() const noexcept { return kind_; }
    [[nodiscard]] const media::Track& track() const noexcept { return track_; }

  private:
    [[nodiscard]] media::Ticks shift_for(const media::Packet& packet) const noexcept;
    [[nodiscard]] media::Ticks made_up_by(const media::Packet& packet) const noexcept;
    void shift_by(const media::Packet& keyframe) noexcept;
    void open(const Boundary& boundary, media::Ticks time);
    void close(media::Ticks end);
    [[nodiscard]] media::Ticks end_before_break(bool has_media, media::Ticks at) const noexcept;
    void start_with(media::Ticks decode);
    void renew_init();
    void flush_chunk(media::Ticks end);
    [[nodiscard]] bool fills_part(media::Ticks end) const noexcept;
    void flush_part(media::Ticks end);
    [[nodiscard]] base::Bytes write_chunk(media::Ticks end);
    [[nodiscard]] bool is_chunk_due(media::Ticks next) const noexcept;
    void add_gap_parts(media::Ticks end);
    [[nodiscard]] const stream::Segment& in_show() const noexcept;
    [[nodiscard]] media::Ticks nominal_end() const noexcept;

    static constexpr std::size_t most_open_parts = 1000;

    /// A piece of the part that is being made.
    struct Chunk {
        base::Bytes bytes;
        media::Ticks end;
    };

    media::Kind kind_;
    media::Ticks part_;     ///< the target
    media::Ticks longest_;  ///< TARGETDURATION; zero before it is known
    media::TrackSetRef tracks_;
    media::Track track_;
    std::uint32_t timescale_ = 0;
    std::shared_ptr<const stream::InitSegment> init_;
    std::shared_ptr<const stream::InitSegment> next_init_;  ///< of the segment after the open one, where it is another
    std::optional<format::cmaf::ChunkWriter> writer_;

    std::shared_ptr<stream::Segment> open_;
    std::size_t open_bytes_ = 0;
    media::Ticks covered_;                       ///< where the parts of the open segment end
    std::vector<media::PacketRef> packets_;      ///< of the open part, or of its last chunk
    std::vector<format::cmaf::Sample> samples_;  ///< the same
    std::vector<Chunk> chunks_;                  ///< of the open part, before those
    stream::Part made_;                          ///< what the chunks make of it
    media::Ticks shift_;                         ///< from dts to decode time
    std::optional<media::Ticks> lag_;            ///< of the newest keyframe's dts behind its pts
    media::Ticks put_off_;                       ///< by as much the lag was more than that of the one before
    media::Ticks last_dts_;
    std::optional<media::Ticks> last_decode_;
    std::optional<media::Ticks> closed_decode_;  ///< the last of the segment before
    media::Ticks last_duration_;
    bool needs_keyframe_ = true;
    bool is_interrupted_ = false;
    bool is_followed_ = false;
    bool is_lost_ = false;  ///< the open segment will be a gap, whatever comes for it
    bool was_gap_ = false;
    bool has_broken_ = false;  ///< the open segment, or a gap right before it, began with a discontinuity
    std::vector<stream::SegmentRef> closed_;  ///< a few
    std::size_t shown_whole_ = 0;             ///< of those
    std::size_t shown_parts_ = 0;             ///< of the segment after those
    media::Ticks shown_end_;                  ///< where they end
    std::size_t shown_chunks_ = 0;            ///< behind all those
};

template <typename MayShow>
bool Lane::show(MayShow&& may_show) {
    bool has_shown = false;
    while (is_started()) {
        const stream::Segment& segment = in_show();
        if (shown_parts_ == 0) shown_end_ = segment.start;
        // What runs ahead of the clock by so much has no live edge: its parts are shown when it is whole.
        const bool is_endless = &segment == open_.get() && segment.parts.size() > most_open_parts;
        for (; !is_endless && shown_parts_ < segment.parts.size(); ++shown_parts_, has_shown = true) {
            const media::Ticks end = shown_end_ + segment.parts[shown_parts_].duration;
            if (!may_show(end)) return has_shown;
            shown_end_ = end;
        }
        if (shown_whole_ == closed_.size()) break;
        ++shown_whole_;
        shown_parts_ = 0;
        has_shown = true;
    }
    if (!is_started() || shown_parts_ != open_->parts.size()) return has_shown;
    for (; shown_chunks_ < chunks_.size() && may_show(chunks_[shown_chunks_].end); ++shown_chunks_) has_shown = true;
    return has_shown;
}

}  // namespace weir::package

// The segment index: what the packager has made and readers on any shard may take. Everything here is immutable once it is
// published; the packager makes a new `SegmentIndex` at each change and the stream puts it into its snapshot.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "media/ticks.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::stream {

/// A CMAF header. Its address is the hash of its bytes.
struct InitSegment {
    std::string hash;  ///< lower-case hexadecimal
    base::Bytes bytes;
    media::Track track;
    std::uint32_t timescale = 0;  ///< units a second of the media's times
};

/// Where a keyframe is, and how much of its part.
struct Keyframe {
    media::Ticks time;       ///< stream time at which it is decoded, and presented
    std::uint32_t size = 0;  ///< zero: there is none, or every frame is one
};

/// A CMAF chunk: a range of its segment, published as soon as it is made. Once it is, neither its bytes nor its attributes change.
struct Part {
    media::Ticks duration;
    bool independent = false;        ///< has a keyframe in it
    bool gap = false;                ///< nothing is in it, and nothing will be
    std::vector<base::Bytes> bytes;  ///< the segment's own
    std::size_t size = 0;
    Keyframe keyframe = {};  ///< the first in it
};

struct Segment {
    std::uint64_t sequence = 0;                ///< media sequence number; the same in all renditions
    std::uint64_t discontinuity_sequence = 0;  ///< of the segment itself
    bool discontinuity = false;                ///< a discontinuity precedes it
    bool gap = false;                          ///< this rendition has nothing here
    media::Ticks start;                        ///< stream time of its first presentation
    media::Ticks duration;
    base::WallTime wall;  ///< PROGRAM-DATE-TIME of its start
    std::shared_ptr<const InitSegment> init;
    std::vector<Part> parts;  ///< end to end they are the segment
    std::size_t size = 0;     ///< bytes of all parts

    /// What it begins with can be decoded by itself.
    [[nodiscard]] bool is_independent() const noexcept {
        media::Ticks at = start;
        for (const Part& part : parts) {
            if (!part.gap) return part.independent && (part.keyframe.size == 0 || part.keyframe.time <= at);
            at += part.duration;
        }
        return false;
    }
};
using SegmentRef = std::shared_ptr<const Segment>;

/// What there is of a part that is still being made: its bytes begin with these. A part may yet come to nothing.
struct PartUnderWay {
    std::uint64_t sequence = 0;  ///< of its segment
    std::size_t part = 0;        ///< its place there
    media::Ticks duration;       ///< of what there is
    std::vector<base::Bytes> bytes;
};

/// One rendition's playlist in numbers.
struct SegmentList {
    std::string name;  ///< "source", "720p", "audio"; re-encoded sound: "stereo"
    media::Kind kind = media::Kind::video;
    bool is_offered = true;          ///< to players that come; a source that is not leaves gaps, and then nothing
    media::Track track;              ///< as it is now
    std::uint64_t first_iframe = 0;  ///< number of the first row of its I-frame playlist
    std::vector<SegmentRef> listed;  ///< in the playlist, complete in every rendition or given up, oldest first
    std::vector<SegmentRef> ahead;   ///< complete here, while others are still at that number; oldest first
    SegmentRef open;                 ///< the published parts of the one after those; null: none begun
    PartUnderWay under_way;          ///< behind those, while somebody follows; without bytes: nothing of it is there
    std::optional<media::Ticks> open_end;  ///< where that ends, where it is known or can be foreseen
    std::vector<SegmentRef> lingering;     ///< no longer listed, still fetchable (RFC 8216 6.2.2), oldest first
    std::uint64_t peak_bitrate = 0;  ///< bits a second: the largest of the worst segment, announced and configured
    std::uint64_t average_bitrate = 0;
};

/// Segments, from this number to that of the next period, through which the same renditions have media, with the same header, and in
/// which time of day runs as stream time does. A period of DASH; what begins it never changes, however much of it has left.
struct Period {
    std::uint64_t sequence = 0;  ///< of its first segment
    media::Ticks start;          ///< stream time of its first presentation
    base::WallTime wall;         ///< the same as time of day
    friend bool operator==(const Period&, const Period&) = default;
};

struct SegmentIndex {
    std::uint64_t epoch =
        0;  ///< Unix second of the stream's start; the first sequence number, and part of every address
    media::Ticks target_duration;
    media::Ticks part_target;   ///< the longest that a part is; zero while none was made
    bool ended = false;         ///< ENDLIST
    std::uint64_t cuts = 0;     ///< segments so far that had to begin without a keyframe
    bool awaits_rungs = false;  ///< renditions are to come that are not offered yet
    std::vector<std::shared_ptr<const SegmentList>> renditions;
    std::vector<Period> periods;  ///< of what is listed, oldest first

    [[nodiscard]] const SegmentList* find(std::string_view name) const noexcept {
        for (const auto& list : renditions)
            if (list->name == name) return list.get();
        return nullptr;
    }
};
using SegmentIndexRef = std::shared_ptr<const SegmentIndex>;

}  // namespace weir::stream

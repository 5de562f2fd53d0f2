// A ladder of two rungs, and what an index shows of its renditions.
#pragma once

#include "encoder.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir::package::test {

inline std::vector<RungShape> two_rungs() {
    return {{.name = "720p", .width = 1280, .delay = 14, .bitrate = 2'500'000},
            {.name = "360p", .width = 640, .delay = 9, .bitrate = 600'000}};
}

inline std::vector<std::string> names(const stream::SegmentIndex& index) {
    std::vector<std::string> found;
    for (const auto& list : index.renditions) found.push_back(list->name);
    return found;
}

/// Presentation times of the first pictures, by sequence; gaps left out.
inline std::map<std::uint64_t, Ticks> first_pictures(const stream::SegmentList& list) {
    std::map<std::uint64_t, Ticks> found;
    for (const auto& segment : list.listed)
        if (!segment->gap) found[segment->sequence] = samples(*segment).front().pts;
    return found;
}

/// Every picture of the segments that are not gaps is there: as many as frames last that long.
inline void expect_whole(const stream::SegmentList& list, double frame_rate) {
    for (const auto& segment : list.listed) {
        if (segment->gap) continue;
        const auto pictures = samples(*segment);
        EXPECT_EQ(static_cast<double>(pictures.size()), std::round(segment->duration.to_seconds() * frame_rate))
            << list.name << ' ' << segment->sequence - epoch;
        EXPECT_TRUE(pictures.front().keyframe);
        EXPECT_EQ(std::ranges::min(pictures, {}, &media::Packet::pts).pts, segment->start);
    }
}

}  // namespace weir::package::test

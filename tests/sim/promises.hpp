// What a player may rely on in everything that a packager was given, whatever the sources did.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "stream/house.hpp"

namespace weir::stream::test {

inline void check_promises(const std::vector<Packaged::Row>& rows) {
    std::map<std::uint32_t, Ticks> last;
    std::optional<base::WallTime> wall;
    Ticks start;  // of the newest segment
    std::uint64_t segments = 0;
    for (const Packaged::Row& row : rows) {
        const media::Packet& packet = *row.entry.packet;
        if (last.contains(packet.track)) ASSERT_GT(packet.dts, last[packet.track]);
        last[packet.track] = packet.dts;
        if (packet.discontinuity && packet.track == media::video_track_id) ASSERT_TRUE(packet.segment_boundary);
        if (!packet.segment_boundary) continue;
        ++segments;
        ASSERT_TRUE(packet.keyframe);
        if (wall) {
            ASSERT_GT(row.wall, *wall) << "PROGRAM-DATE-TIME goes on";
            ASSERT_GE(row.wall + 1s, *wall + (packet.dts - start).to_duration()) << "no time of day has two pictures";
        }
        wall = row.wall;
        start = packet.dts;
    }
    ASSERT_GT(segments, 0U);
}

}  // namespace weir::stream::test

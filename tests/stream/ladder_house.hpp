// What tests of a ladder share: a house whose transcoder is a studio's, and what the packager was given, in milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "stream/house.hpp"
#include "stream/studio.hpp"

namespace weir::stream::test {

inline Stream::Settings with(Studio& studio) {
    Stream::Settings settings;
    settings.transcoder = studio.factory();
    return settings;
}

inline RungPlan stereo() { return {.name = "stereo", .kind = media::Kind::audio, .bitrate = 128'000}; }

/// A picture whose encoder says its bit rate, with sound.
inline media::TrackSetRef announcing(std::uint64_t bitrate) {
    media::TrackSet tracks = *both();
    tracks.tracks.front().announced_bitrate = bitrate;
    return std::make_shared<media::TrackSet>(std::move(tracks));
}

inline std::vector<std::int64_t> times(const std::vector<Packaged::Row>& rows) {
    std::vector<std::int64_t> result;
    for (const Packaged::Row& row : rows) result.push_back(row.entry.packet->pts.to_milliseconds());
    return result;
}

inline std::vector<std::int64_t> boundaries(const std::vector<Packaged::Row>& rows) {
    return times(Packaged::boundaries_in(rows));
}

/// Forms that have no place for the source's sound, which is of 48 kHz.
inline bool is_not_of_48_khz(const media::Track& track) noexcept { return track.sample_rate != 48'000; }
inline const WireFormat deaf{
    .name = "deaf", .create = readable.create, .longest = readable.longest, .can_carry = &is_not_of_48_khz};

}  // namespace weir::stream::test

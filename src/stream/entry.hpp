// What travels through a stream: packets, each with the `TrackSet` in force for it. Since the set rides with the packet, a
// change of parameters is in order with the media by construction, and a reader compares pointers to see it.
#pragma once

#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>

namespace weir::stream {

/// From a publisher to its stream: times are the publication's own (they start near zero), flags are not decided yet.
struct Item {
    media::Packet packet;
    media::TrackSetRef tracks;
};

/// In a rendition: final and immutable.
struct Entry {
    std::uint64_t sequence = 0;  ///< counts the packets of the rendition, without gaps
    media::PacketRef packet;
    media::TrackSetRef tracks;
    /// A viewer may start here: a video keyframe, or, where there is no video, an audio frame once a second.
    bool join = false;
};

}  // namespace weir::stream

// What a stream is made of. A `Track` describes one elementary stream; a `TrackSet` is all of them at one moment. Both are
// immutable once published: a change of parameters is a new `TrackSet`, handed on in order with the packets.
#pragma once

#include "base/bytes.hpp"
#include "media/codec.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::media {

struct Track {
    std::uint32_t id = 0;  ///< 1 is the first video track, 2 the first audio track
    Kind kind = Kind::video;
    Codec codec = Codec::h264;
    /// As in the MP4 sample entry, without box headers: avcC, hvcC, av1C, vpcC (behind its version and flags), AudioSpecificConfig,
    /// dOps, dac3, dec3, the STREAMINFO block of dfLa. MPEG audio: a frame header (4 bytes). G.711: rate (32 bits) and channels (8).
    base::Bytes config;
    std::string codec_string;  ///< RFC 6381, as in CODECS
    std::uint32_t width = 0;   ///< displayed size in pixels; 0 for audio
    std::uint32_t height = 0;
    double frame_rate = 0;          ///< frames a second; 0 where unknown
    std::uint32_t sample_rate = 0;  ///< Hz; 0 for video
    std::uint32_t channels = 0;
    std::uint64_t announced_bitrate = 0;  ///< bits a second as the source announces it; 0 where it does not
    std::string language;                 ///< BCP 47; empty where unknown

    friend bool operator==(const Track&, const Track&) = default;
};

struct TrackSet {
    std::vector<Track> tracks;

    [[nodiscard]] const Track* find(std::uint32_t id) const noexcept {
        for (const Track& track : tracks)
            if (track.id == id) return &track;
        return nullptr;
    }
    [[nodiscard]] const Track* first(Kind kind) const noexcept {
        for (const Track& track : tracks)
            if (track.kind == kind) return &track;
        return nullptr;
    }
};

using TrackSetRef = std::shared_ptr<const TrackSet>;

inline constexpr std::uint32_t video_track_id = 1;
inline constexpr std::uint32_t audio_track_id = 2;

}  // namespace weir::media

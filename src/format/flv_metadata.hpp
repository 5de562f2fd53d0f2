// The script tag onMetaData (Adobe Flash Video 10.1 Annex E.5): what a source announces of its tracks, and what we tell
// players. It is a claim and fills only what the config records leave open. All of it may be hostile.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <string>

namespace weir::format::flv {

/// 0 and empty where the source does not say; numbers that make no sense count as unsaid.
struct Metadata {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    double frame_rate = 0;
    std::uint64_t video_bitrate = 0;  ///< bits a second
    std::uint64_t audio_bitrate = 0;
    double duration = 0;  ///< seconds
    std::string encoder;  ///< printable ASCII, at most 64 characters

    /// Gives the track its announced bitrate, and the size and frame rate that its config does not have.
    void apply_to(media::Track& track) const;
    friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// `body` is that of a script tag or of an RTMP data message, with or without a leading "@setDataFrame".
/// Anything but onMetaData is `not_found`.
[[nodiscard]] base::Result<Metadata> parse_metadata(base::ByteView body);
/// The body of an onMetaData script tag.
void write_metadata(const media::TrackSet& tracks, base::ByteWriter& out);

}  // namespace weir::format::flv

// What a fragmented MP4 says of itself before its fragments: the tracks of `moov` (ISO 14496-12 8.2 to 8.5, 8.8.3), with the
// clock, the edit and the defaults that their samples go by. A pure function on bytes; all of them may be hostile.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/ticks.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <vector>

namespace weir::format::mp4 {

/// Defaults of `trex`, which `tfhd` may override.
struct SampleDefaults {
    std::uint32_t duration = 0;
    std::uint32_t size = 0;
    std::uint32_t flags = 0;
};

/// One track of the file.
struct FileTrack {
    std::uint32_t file_id = 0;  ///< track_ID
    std::uint32_t timescale = 0;
    media::Ticks shift;        ///< what the edit list adds to every time
    unsigned length_size = 0;  ///< bytes before each NAL unit; 0 where there are none
    SampleDefaults defaults;
    media::Track track;
};

/// The first video and the first audio track; other tracks are passed over. `unsupported`, in words for people, where
/// such a track has a codec that is not served, where there is neither, and where the file is not fragmented.
[[nodiscard]] base::Result<std::vector<FileTrack>> parse_moov(base::ByteView moov);

}  // namespace weir::format::mp4

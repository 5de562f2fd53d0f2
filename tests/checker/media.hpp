// The bytes behind a playlist: headers and chunks of CMAF (ISO 14496-12 8.8, ISO 23000-19 7.3), as far as the checker has to know
// them. Its own reading, as that of the playlists.
#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::checker {

struct Header {
    std::uint32_t timescale = 0;
    bool is_video = false;
    std::string format;            ///< of the sample entry: "avc1"
    std::uint8_t length_size = 0;  ///< of NAL units; 0 where there are none
};
/// Nothing where it is no header of one track.
[[nodiscard]] std::optional<Header> read_header(base::ByteView bytes);

/// `moof` and `mdat`.
struct Chunk {
    std::int64_t decode = 0;       ///< of its first sample, in units of the timescale; tfdt
    std::int64_t duration = 0;     ///< of all samples
    std::int64_t first = 0;        ///< of the first sample
    std::int64_t last = 0;         ///< of the last sample
    std::int64_t shortest = 0;     ///< of a sample
    std::int64_t first_shown = 0;  ///< the earliest presentation
    std::size_t samples = 0;
    bool starts_in_sync = false;   ///< by its flags: the first sample
    bool has_sync = false;         ///< any of them
    bool starts_with_idr = false;  ///< by its bytes; of sound always
};
/// All chunks; nothing where the bytes are not whole chunks.
[[nodiscard]] std::optional<std::vector<Chunk>> read_chunks(base::ByteView bytes, const Header& header);

}  // namespace weir::checker

// Writes CMAF chunks (ISO 23000-19 7.3.2.3): `moof` and `mdat` of one track, ISO 14496-12 8.8. Decode times lie on the
// stream's time line and never start over. Each is converted from `Ticks` by itself, so rounding never adds up. There are no
// edit lists: composition offsets are signed, and the caller shifts decode times so that the first presentation of a segment
// is its first decode time.
//
// A chunk is one contiguous run with a copy of its payload. It could refer to the packets instead, but a chunk is some 15 to
// 25 packets: that many slices per half second cost more at each send, for each viewer, than one copy at the rate of the
// stream costs once; and the packets' own memory, with whatever surrounds them, goes as soon as the rendition lets go.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "format/track_fragment.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <span>

namespace weir::format::cmaf {

/// One access unit, with the decode time that it has in the file.
struct Sample {
    media::Ticks decode;
    media::Ticks presentation;
    bool keyframe = false;
    base::ByteView payload;
};

/// Whether a chunk is the first of its segment, which then begins with `styp`.
enum class Position : std::uint8_t { starts_segment, within_segment };

/// Writes the chunks of one track. The buffers are used again from chunk to chunk.
class ChunkWriter {
  public:
    explicit ChunkWriter(std::uint32_t timescale) noexcept : timescale_(timescale) {}

    /// The samples are in decode order; the last one lasts until `end`. There is at least one.
    [[nodiscard]] base::Bytes write(std::span<const Sample> samples, media::Ticks end, Position position);

  private:
    void fill(std::span<const Sample> samples, media::Ticks end);
    void write_moof();

    std::uint32_t timescale_;
    std::uint32_t sequence_ = 0;  ///< of `mfhd`
    TrackFragment fragment_;
    base::ByteWriter header_;
};

}  // namespace weir::format::cmaf

// The FLV that viewers get, as the wire log wants it: what a new connection gets first, the sequence headers in force, and a
// tag around each packet. The bytes are the same for all viewers. Times are milliseconds since `origin`; what is earlier than
// that (audio just before the first keyframe) says 0.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "format/flv_file.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

namespace weir::format::flv {

/// How long one FLV stream runs: many players read its time as signed, which ends after 24.8 days.
inline constexpr media::Ticks longest_stream = media::Ticks::milliseconds(std::int64_t{20} * 86'400'000);

class StreamWriter {
  public:
    explicit StreamWriter(media::Ticks origin) noexcept : origin_(origin) {}

    /// File header and onMetaData.
    void begin(const media::TrackSet& tracks, base::SlabWriter& out);
    /// The sequence headers, stamped `at`.
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out);
    /// One tag. `track` is the packet's; a track of a codec that FLV cannot carry writes nothing.
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out);

  private:
    [[nodiscard]] std::uint32_t time(media::Ticks at) const noexcept;
    void append_tag(TagType type, std::uint32_t timestamp, base::SlabWriter& out);

    media::Ticks origin_;
    base::ByteWriter scratch_;  ///< headers and trailers
    base::ByteWriter body_;     ///< bodies that are not payloads
};

}  // namespace weir::format::flv

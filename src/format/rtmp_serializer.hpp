// The RTMP that players get, as the wire log wants it: onMetaData for a new connection, the sequence headers in force, and a
// message for each packet, its body that of an FLV tag. Every message has a full header, chunks are of 65,536 bytes, ids are fixed:
// the bytes are the same for all players, and whoever joins or jumps needs nothing of what was before. What a player is told for itself
// goes between messages. HEVC has its FourCC (Enhanced RTMP) whoever plays it: players that know it do not say so.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstddef>
#include <cstdint>

namespace weir::format::rtmp {

class StreamWriter {
  public:
    /// A player must have been told this chunk size before the first byte.
    static constexpr std::size_t chunk_size = 65'536;
    /// The message stream that the media is on.
    static constexpr std::uint32_t stream_id = 1;

    explicit StreamWriter(media::Ticks origin) noexcept : origin_(origin) {}

    /// onMetaData.
    void begin(const media::TrackSet& tracks, base::SlabWriter& out);
    /// The sequence headers, stamped `at`.
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out);
    /// One message. `track` is the packet's; a track of a codec that RTMP cannot carry writes nothing.
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out);

  private:
    enum class Type : std::uint8_t { audio = 8, video = 9, data = 18 };

    [[nodiscard]] static Type type_of(const media::Track& track) noexcept;
    /// A message whose body is `body_`, and `payload` behind it.
    void append(Type type, std::uint32_t timestamp, base::ByteView payload, base::SlabWriter& out);

    media::Ticks origin_;
    base::ByteWriter scratch_;  ///< headers
    base::ByteWriter body_;     ///< of a body what is not payload
};

}  // namespace weir::format::rtmp

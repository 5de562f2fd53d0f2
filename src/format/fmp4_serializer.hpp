// The progressive fMP4 that viewers get, as the wire log wants it: a header with all tracks, and then a fragment (ISO 14496-12 8.8) for each
// video frame, with the sound that came before it. Without video a fragment holds a tenth of a second. Other tracks are another
// header in band: MediaSource takes it; players that do not look at a second header still get the picture, since from then on keyframes
// carry their parameter sets.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "format/track_fragment.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <vector>

namespace weir::format::fmp4 {

/// How long one file runs: its clock has 64 bits, so the end is only that of counting.
inline constexpr media::Ticks longest_stream = media::Ticks::milliseconds(std::int64_t{365} * 86'400'000);

class StreamWriter {
  public:
    /// Decode times are those since `origin`; what is earlier says 0.
    explicit StreamWriter(media::Ticks origin) noexcept : origin_(origin) {}

    /// Nothing is written: the header that follows it is for a new viewer.
    void begin(const media::TrackSet& tracks, base::SlabWriter& out);
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out);
    /// Writes nothing for sound that waits.
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out);

  private:
    /// A track on its way, and the samples of it in the fragment that is being filled.
    struct Line {
        media::Track track;
        std::uint32_t timescale = 0;
        base::ByteWriter parameter_sets;  ///< behind four-byte lengths
        TrackFragment fragment;
        std::vector<base::Bytes> payloads;
        media::Ticks first;
        media::Ticks end;
    };

    void follow(const media::TrackSet& tracks);
    void add(Line& line, const media::Packet& packet);
    [[nodiscard]] bool is_due(const Line& line) const noexcept;
    void flush(base::SlabWriter& out);

    media::Ticks origin_;
    std::vector<Line> lines_;
    bool greets_ = false;
    bool has_changed_ = false;  ///< the tracks, since the log began
    std::uint32_t sequence_ = 0;
    base::ByteWriter header_;
    std::vector<std::size_t> offsets_;  ///< where in `header_` each fragment's data offset is
};

}  // namespace weir::format::fmp4

// The transport stream that viewers get, as the wire log wants it: the tables for who joins, and then the same bytes for all. Counters
// go on through the log; those of the tables that a viewer is greeted with are right for what follows.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "format/mpegts_mux.hpp"

namespace weir::format::mpegts {

/// How long one transport stream runs. Its clocks wrap and players know it, so the end is only that of counting.
inline constexpr media::Ticks longest_stream = media::Ticks::milliseconds(std::int64_t{365} * 86'400'000);

class StreamWriter {
  public:
    explicit StreamWriter(media::Ticks origin) noexcept : muxer_(origin) {}

    /// Nothing is written: the tables that follow it are a greeting.
    void begin(const media::TrackSet& tracks, base::SlabWriter& out);
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out);
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out);

  private:
    Muxer muxer_;
    bool greets_ = false;
    base::ByteWriter packets_;
};

}  // namespace weir::format::mpegts

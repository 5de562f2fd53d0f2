#include "format/mpegts_serializer.hpp"

#include <utility>

namespace weir::format::mpegts {

void StreamWriter::begin(const media::TrackSet& tracks, base::SlabWriter&) {
    muxer_.follow(tracks);
    greets_ = true;
}

void StreamWriter::tracks(const media::TrackSet& tracks, media::Ticks, base::SlabWriter& out) {
    packets_.clear();
    muxer_.follow(tracks);
    if (std::exchange(greets_, false)) muxer_.write_tables_ahead(packets_);
    else muxer_.write_tables(packets_);
    out.append(packets_.view());
}

void StreamWriter::write(const media::Packet& packet, const media::Track&, base::SlabWriter& out) {
    packets_.clear();
    muxer_.write(packet, Continuity::goes_on, packets_);
    out.append(packets_.view());
}

}  // namespace weir::format::mpegts

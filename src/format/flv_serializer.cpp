#include "format/flv_serializer.hpp"

#include "format/flv_metadata.hpp"

namespace weir::format::flv {

namespace {

bool has(const media::TrackSet& tracks, media::Kind kind) {
    for (const media::Track& track : tracks.tracks)
        if (track.kind == kind && can_carry(track.codec)) return true;
    return false;
}

}  // namespace

void StreamWriter::begin(const media::TrackSet& tracks, base::SlabWriter& out) {
    scratch_.clear();
    write_file_header(has(tracks, media::Kind::audio), has(tracks, media::Kind::video), scratch_);
    out.append(scratch_.view());
    body_.clear();
    write_metadata(tracks, body_);
    append_tag(TagType::script, 0, out);
}

void StreamWriter::tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) {
    for (const media::Track& track : tracks.tracks) {
        if (!can_carry(track.codec)) continue;
        body_.clear();
        write_config_body(track, body_);
        if (body_.size() == 0) continue;
        append_tag(tag_type(track.kind), wire_time(at, origin_), out);
    }
}

void StreamWriter::write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) {
    if (!can_carry(track.codec)) return;
    body_.clear();
    write_frame_header(track, packet, body_, origin_);
    const std::size_t size = body_.size() + packet.payload.size();
    scratch_.clear();
    write_tag_header(tag_type(track.kind), wire_time(packet.dts, origin_), size, scratch_);
    scratch_.bytes(body_.view());
    out.append(scratch_.view());
    out.append(packet.payload);
    scratch_.clear();
    write_tag_trailer(size, scratch_);
    out.append(scratch_.view());
}

void StreamWriter::append_tag(TagType type, std::uint32_t timestamp, base::SlabWriter& out) {
    scratch_.clear();
    write_tag_header(type, timestamp, body_.size(), scratch_);
    scratch_.bytes(body_.view());
    write_tag_trailer(body_.size(), scratch_);
    out.append(scratch_.view());
}

}  // namespace weir::format::flv

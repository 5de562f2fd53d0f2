// What the FLV wire log of a stream is made of: the header that every viewer gets first, the sequence headers of a
// `TrackSet`, and the tags of packets. The bytes are the same for all viewers: stream time, in milliseconds. Payloads are not
// copied here: the caller writes them between head and tail.
#pragma once

#include "base/byte_writer.hpp"
#include "format/flv_file.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

namespace weir::format::flv {

/// File header, onMetaData and sequence headers: what a viewer needs before its first keyframe at `time`.
void write_stream_header(const media::TrackSet& tracks, media::Ticks time, base::ByteWriter& out);
/// onMetaData and sequence headers alone: at a change of tracks in a running stream.
void write_sequence_headers(const media::TrackSet& tracks, media::Ticks time, base::ByteWriter& out);
/// A tag around a packet is head, `packet.payload`, tail.
void write_packet_head(const media::Track& track, const media::Packet& packet, base::ByteWriter& out);
void write_packet_tail(const media::Track& track, const media::Packet& packet, base::ByteWriter& out);
/// Head, payload and tail in one.
void write_packet(const media::Track& track, const media::Packet& packet, base::ByteWriter& out);

} // namespace weir::format::flv

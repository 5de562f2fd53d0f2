#include "format/rtmp_serializer.hpp"

#include "format/flv_metadata.hpp"
#include "format/flv_tags.hpp"
#include "format/rtmp_chunks.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::rtmp {

namespace {

// By convention.
constexpr std::uint8_t audio_chunks = 4;
constexpr std::uint8_t data_chunks = 5;
constexpr std::uint8_t video_chunks = 6;

}  // namespace

StreamWriter::Type StreamWriter::type_of(const media::Track& track) noexcept {
    return track.kind == media::Kind::video ? Type::video : Type::audio;
}

void StreamWriter::begin(const media::TrackSet& tracks, base::SlabWriter& out) {
    body_.clear();
    flv::write_metadata(tracks, body_);
    append(Type::data, 0, {}, out);
}

void StreamWriter::tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) {
    for (const media::Track& track : tracks.tracks) {
        if (!flv::can_carry(track.codec)) continue;
        body_.clear();
        flv::write_config_body(track, body_);
        if (body_.size() == 0) continue;
        append(type_of(track), flv::wire_time(at, origin_), {}, out);
    }
}

void StreamWriter::write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) {
    if (!flv::can_carry(track.codec)) return;
    body_.clear();
    flv::write_frame_header(track, packet, body_, origin_);
    append(type_of(track), flv::wire_time(packet.dts, origin_), packet.payload, out);
}

void StreamWriter::append(Type type, std::uint32_t timestamp, base::ByteView payload, base::SlabWriter& out) {
    const std::uint8_t chunks = type == Type::video ? video_chunks : type == Type::audio ? audio_chunks : data_chunks;
    const MessageHeader message{.chunk_stream = chunks,
                                .type = std::to_underlying(type),
                                .timestamp = timestamp,
                                .stream_id = stream_id,
                                .length = body_.size() + payload.size()};
    scratch_.clear();
    write_first_header(message, scratch_);
    base::ByteView front = body_.view();
    while (true) {
        const base::ByteView of_front = front.first(std::min(front.size(), chunk_size));
        scratch_.bytes(of_front);
        front = front.subspan(of_front.size());
        out.append(scratch_.view());
        const base::ByteView of_payload = payload.first(std::min(payload.size(), chunk_size - of_front.size()));
        out.append(of_payload);
        payload = payload.subspan(of_payload.size());
        if (front.empty() && payload.empty()) return;
        scratch_.clear();
        write_next_header(message, scratch_);
    }
}

}  // namespace weir::format::rtmp

#include "format/rtp_serializer.hpp"

#include "base/byte_reader.hpp"
#include "format/rtcp.hpp"
#include "format/rtp_format.hpp"

#include <algorithm>

namespace weir::format::rtp {

using base::ByteView;
using media::Ticks;

namespace {

constexpr std::uint8_t frame_start = '$';
constexpr std::size_t frame_header_size = 4;
constexpr Ticks report_interval = Ticks::milliseconds(1000);
/// What the wire calls the time counts from the log's origin, a second late, since 0 would say that there is no clock.
constexpr Ticks clock_start = Ticks::milliseconds(1000);
constexpr std::string_view cname = "weir";

/// Different for each log and track, as far as that goes.
std::uint32_t ssrc_of(Ticks origin, std::uint32_t track) noexcept {
    const auto mixed = static_cast<std::uint64_t>(origin.count()) * 0x9e37'79b9'7f4a'7c15U;
    return static_cast<std::uint32_t>(mixed >> 32) + track;
}

}  // namespace

/// A track on its way.
struct StreamWriter::Line {
    media::Track track;
    std::unique_ptr<Packetizer> packetizer;  ///< null where RTP cannot carry the track
    std::uint32_t clock = 0;
    Header header;
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;
    std::optional<Ticks> reported;
};

StreamWriter::StreamWriter(Ticks origin) noexcept : origin_(origin) {}

StreamWriter::~StreamWriter() = default;

void StreamWriter::begin(const media::TrackSet&, base::SlabWriter&) {}

void StreamWriter::tracks(const media::TrackSet& tracks, Ticks at, base::SlabWriter& out) {
    message_.clear();
    for (const media::Track& track : tracks.tracks)
        if (Line& line = line_of(track); line.packetizer != nullptr) write_report(line, at);
    out.append(message_.view());
}

void StreamWriter::write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) {
    Line& line = line_of(track);
    if (line.packetizer == nullptr) return;
    message_.clear();
    const bool is_key = packet.keyframe && track.kind == media::Kind::video;
    if (is_key || !line.reported || packet.dts - *line.reported >= report_interval) {
        write_report(line, packet.dts);
        line.reported = packet.dts;
    }
    payloads_.clear();
    line.packetizer->write(packet, payloads_);
    line.header.timestamp = stamp(line, packet.pts);
    for (std::size_t i = 0; i < payloads_.size(); ++i) write_packet(line, payloads_[i]);
    out.append(message_.view());
}

StreamWriter::Line& StreamWriter::line_of(const media::Track& track) {
    const auto known = std::ranges::find(lines_, track.id, [](const auto& line) { return line->track.id; });
    const bool is_new = known == lines_.end();
    Line& line = is_new ? *lines_.emplace_back(std::make_unique<Line>()) : **known;
    if (!is_new && line.track.config.data() == track.config.data() && line.track.codec == track.codec) return line;
    if (is_new) line.header.ssrc = ssrc_of(origin_, track.id);
    line.track = track;
    line.packetizer = can_carry(track) ? create_packetizer(track, packet_size - header_size) : nullptr;
    line.clock = clock_of(track);
    line.header.payload_type = payload_type(track);
    return line;
}

/// The timestamp of a moment.
std::uint32_t StreamWriter::stamp(const Line& line, Ticks at) const noexcept {
    return static_cast<std::uint32_t>((at - origin_).to(line.clock));
}

void StreamWriter::write_packet(Line& line, const Payloads::Payload& payload) {
    line.header.marker = payload.marker;
    write_frame_header(channel(line.track.id), header_size + payload.bytes.size());
    rtp::write(line.header, message_);
    message_.bytes(payload.bytes);
    ++line.header.sequence;
    ++line.packets;
    line.octets += static_cast<std::uint32_t>(payload.bytes.size());
}

void StreamWriter::write_report(const Line& line, Ticks at) {
    const auto time = static_cast<std::uint64_t>((at - origin_ + clock_start).to(std::int64_t{1} << 32));
    control_.clear();
    rtcp::write(rtcp::SenderReport{.ssrc = line.header.ssrc,
                                   .time = {time},
                                   .timestamp = stamp(line, at),
                                   .packets = line.packets,
                                   .octets = line.octets},
                control_);
    rtcp::write(rtcp::SourceDescription{.ssrc = line.header.ssrc, .cname = std::string(cname)}, control_);
    write_frame_header(static_cast<std::uint8_t>(channel(line.track.id) + 1), control_.size());
    message_.bytes(control_.view());
}

void StreamWriter::write_frame_header(std::uint8_t channel, std::size_t size) {
    message_.u8(frame_start);
    message_.u8(channel);
    message_.u16(static_cast<std::uint16_t>(size));
}

std::optional<InterleavedFrame> take_frame(ByteView& bytes) noexcept {
    if (bytes.size() < frame_header_size || bytes[0] != frame_start) return std::nullopt;
    const std::size_t size = std::size_t{bytes[2]} << 8 | bytes[3];
    if (bytes.size() < frame_header_size + size) return std::nullopt;
    const InterleavedFrame frame{bytes[1], bytes.subspan(frame_header_size, size)};
    bytes = bytes.subspan(frame_header_size + size);
    return frame;
}

}  // namespace weir::format::rtp

#include "format/mpegts_mux.hpp"

#include "format/adts_serializer.hpp"
#include "format/mpegts_streams.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/nal.hpp"
#include "media/opus.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::format::mpegts {

namespace {

using base::ByteView;
using media::Codec;
using media::Kind;
using media::Ticks;

constexpr std::uint16_t first_pid = 0x100;
constexpr std::uint16_t program = 1;
constexpr std::uint16_t transport_stream = 1;
constexpr std::uint8_t association_table = 0;
constexpr std::uint8_t map_table = 2;

constexpr Ticks tables_interval = Ticks::milliseconds(500);
// Decoders hold a frame for that long before it is due.
constexpr Ticks clock_lead = Ticks::milliseconds(300);
// The clock must be told ten times a second (2.7.2), frames or not; the longest frame of sound comes on top.
constexpr std::int64_t longest_without_clock = pcr_scale * 5 / 100;

constexpr std::array<std::uint8_t, 4> start_code{0, 0, 0, 1};
constexpr std::array<std::uint8_t, 6> h264_delimiter{0, 0, 0, 1, 9, 0xf0};
constexpr std::array<std::uint8_t, 7> hevc_delimiter{0, 0, 0, 1, 0x46, 1, 0x50};

/// How a codec is carried.
struct Mapping {
    Codec codec;
    std::uint8_t stream;            ///< the kind of PES packet (Table 2-22)
    std::string_view registration;  ///< the format that the map names besides the stream type; empty for none
};
constexpr std::array<Mapping, 8> mappings{{
    {Codec::h264, 0xe0, {}},
    {Codec::hevc, 0xe0, {}},
    {Codec::aac, 0xc0, {}},
    {Codec::mp3, 0xc0, {}},
    {Codec::mp2, 0xc0, {}},
    {Codec::ac3, 0xbd, "AC-3"},
    {Codec::eac3, 0xbd, "EAC3"},
    {Codec::opus, 0xbd, "Opus"},
}};

constexpr std::array<Uncarried, 6> uncarried{{
    {Codec::av1, no_av1},
    {Codec::vp9, "MPEG-TS has no mapping for VP9"},
    {Codec::vp8, "MPEG-TS has no mapping for VP8"},
    {Codec::flac, "MPEG-TS has no mapping for FLAC"},
    {Codec::pcma, "MPEG-TS has no mapping for G.711"},
    {Codec::pcmu, "MPEG-TS has no mapping for G.711"},
}};

const Mapping* mapping_of(Codec codec) noexcept {
    const auto row = std::ranges::find(mappings, codec, &Mapping::codec);
    return row == mappings.end() ? nullptr : &*row;
}

/// Both kinds of MPEG audio have a type: the lower rates are of the later standard.
std::uint8_t stream_type(const media::Track& track) noexcept {
    constexpr std::uint8_t later_mpeg_audio = 0x04;
    constexpr std::uint32_t lowest_earlier_rate = 32'000;
    const bool is_mpeg_audio = track.codec == Codec::mp3 || track.codec == Codec::mp2;
    if (is_mpeg_audio && track.sample_rate < lowest_earlier_rate) return later_mpeg_audio;
    return media::info(track.codec).mpegts_type;
}

/// channel_config_code: what the mapping of the usual speakers is known by.
std::uint8_t opus_channels(const media::Track& track) noexcept {
    const auto config = media::opus::parse_config(track.config);
    return config && config->mapping_family <= 1 ? config->channels : std::uint8_t{0};
}

void write_descriptors(const media::Track& track, base::ByteWriter& out) {
    constexpr std::uint8_t registration = 0x05;
    const std::string_view format = mapping_of(track.codec)->registration;
    base::ByteWriter descriptors;
    if (!format.empty()) {
        descriptors.u8(registration);
        descriptors.u8(static_cast<std::uint8_t>(format.size()));
        descriptors.text(format);
    }
    if (track.codec == Codec::opus)
        for (const std::uint8_t byte : {extension_tag, std::uint8_t{2}, opus_extension, opus_channels(track)})
            descriptors.u8(byte);
    out.u16(static_cast<std::uint16_t>(0xf000U | descriptors.size()));
    out.bytes(descriptors.view());
}

/// What stands before each packet of Opus: how long it is (mpegts_frames.hpp).
void write_opus_control(std::size_t size, base::ByteWriter& out) {
    out.u16(0x7fe0);
    for (; size >= 0xff; size -= 0xff) out.u8(0xff);
    out.u8(static_cast<std::uint8_t>(size));
}

bool is_delimiter(Codec codec, ByteView unit) noexcept {
    if (codec == Codec::h264) return media::h264::nal_type(unit) == media::h264::NalType::delimiter;
    return media::hevc::nal_type(unit) == media::hevc::NalType::delimiter;
}

bool is_sps(Codec codec, ByteView unit) noexcept {
    if (codec == Codec::h264) return media::h264::nal_type(unit) == media::h264::NalType::sps;
    return media::hevc::nal_type(unit) == media::hevc::NalType::sps;
}

bool has_sps(Codec codec, ByteView access_unit) {
    media::nal::UnitReader units(access_unit);
    for (auto unit = units.next(); unit && *unit; unit = units.next())
        if (is_sps(codec, **unit)) return true;
    return false;
}

/// PTS or DTS (2.4.3.7): 33 bits among markers.
void write_time(std::uint8_t prefix, std::int64_t time, base::ByteWriter& out) {
    const auto bits = static_cast<std::uint64_t>(time);
    out.u8(static_cast<std::uint8_t>(prefix << 4 | (bits >> 29 & 0xe) | 1));
    out.u16(static_cast<std::uint16_t>((bits >> 14 & 0xfffe) | 1));
    out.u16(static_cast<std::uint16_t>((bits << 1 & 0xfffe) | 1));
}

}  // namespace

std::string_view refusal(Codec codec) noexcept {
    if (mapping_of(codec) != nullptr) return {};
    return find_refusal(uncarried, codec, "MPEG-TS has no mapping for this codec");
}

bool can_carry(const media::Track& track) noexcept {
    if (track.config.empty() || mapping_of(track.codec) == nullptr) return false;
    if (track.codec == Codec::opus) return opus_channels(track) > 0;
    return track.codec != Codec::aac || adts::can_carry(track);
}

void Muxer::follow(const media::TrackSet& tracks) {
    std::vector<const media::Track*> carried;
    for (const media::Track& track : tracks.tracks)
        if (can_carry(track)) carried.push_back(&track);
    std::ranges::sort(carried, {}, &media::Track::id);  // video, where there is any, has the clock
    const auto is_same = [](const Line& line, const media::Track* track) { return line.track == *track; };
    if (std::ranges::equal(lines_, carried, is_same)) return;
    std::vector<Line> lines;
    lines.reserve(carried.size());
    for (const media::Track* track : carried) lines.push_back(create_line(*track));
    if (!lines_.empty()) {
        version_ = (version_ + 1) % 32;
        for (Line& line : lines) line.starts_anew = true;
    }
    lines_ = std::move(lines);
    tables_at_.reset();
}

// A track of the same number goes on counting.
Muxer::Line Muxer::create_line(const media::Track& track) const {
    Line line{.track = track,
              .pid = PidWriter(static_cast<std::uint16_t>(first_pid + track.id - media::video_track_id)),
              .parameter_sets = {},
              .aac = {}};
    const auto before = std::ranges::find(lines_, track.id, [](const Line& known) { return known.track.id; });
    if (before != lines_.end()) line.pid = before->pid;
    for (const base::Bytes& unit : media::parameter_sets(track)) {
        line.parameter_sets.bytes(start_code);
        line.parameter_sets.bytes(unit);
    }
    if (track.codec != Codec::aac) return line;
    if (const auto config = media::aac::parse_config(track.config)) line.aac = *config;
    return line;
}

Muxer::Line* Muxer::line_of(std::uint32_t track) noexcept {
    const auto line = std::ranges::find(lines_, track, [](const Line& known) { return known.track.id; });
    return line == lines_.end() ? nullptr : &*line;
}

void Muxer::write_tables(base::ByteWriter& out) { write_tables(pat_, pmt_, out); }

void Muxer::write_tables_ahead(base::ByteWriter& out) const {
    PidWriter pat = pat_.before();
    PidWriter pmt = pmt_.before();
    write_tables(pat, pmt, out);
}

void Muxer::round_off(base::ByteWriter& out) {
    while (!pat_.is_round()) write_tables(out);
}

void Muxer::write_tables(PidWriter& pat, PidWriter& pmt, base::ByteWriter& out) const {
    base::ByteWriter body;
    body.u16(program);
    body.u16(0xe000U | pmt.pid());
    write_section(pat, association_table, transport_stream, 0, body.view(), out);
    body.clear();
    const std::uint16_t clock_pid = lines_.empty() ? 0x1fff : lines_.front().pid.pid();
    body.u16(static_cast<std::uint16_t>(0xe000U | clock_pid));
    body.u16(0xf000);  // no descriptors of the program
    for (const Line& line : lines_) {
        body.u8(stream_type(line.track));
        body.u16(static_cast<std::uint16_t>(0xe000U | line.pid.pid()));
        write_descriptors(line.track, body);
    }
    write_section(pmt, map_table, program, version_, body.view(), out);
}

void Muxer::write_section(PidWriter& to, std::uint8_t table, std::uint16_t id, std::uint8_t version, ByteView body,
                          base::ByteWriter& out) const {
    constexpr std::size_t around_body = 5 + 4;  // what follows the length: header and checksum
    base::ByteWriter section;
    section.u8(table);
    section.u16(static_cast<std::uint16_t>(0xb000U | (around_body + body.size())));
    section.u16(id);
    section.u8(static_cast<std::uint8_t>(0xc1U | version << 1));  // in force now
    section.u16(0);                                               // the first section of one
    section.bytes(body);
    section.u32(crc32(section.view()));
    to.write_section(section.view(), out);
}

void Muxer::write(const media::Packet& packet, Continuity continuity, base::ByteWriter& out) {
    Line* line = line_of(packet.track);
    if (line == nullptr) return;
    const bool leads = line == &lines_.front();
    const bool is_video = line->track.kind == Kind::video;
    pieces_.assign(1, {});
    if (is_video) gather_video(*line, packet);
    else if (!gather_audio(*line, packet)) return;
    std::size_t size = 0;
    for (const ByteView piece : pieces_) size += piece.size();
    write_pes_header(packet, line->track, size);
    pieces_.front() = header_.view();

    const bool is_random_access = leads && packet.keyframe;
    if (!tables_at_ || packet.dts - *tables_at_ >= tables_interval || (is_video && packet.keyframe)) {
        write_tables(out);
        tables_at_ = packet.dts;
    }
    Adaptation adaptation{.discontinuity = std::exchange(line->starts_anew, false), .random_access = is_random_access};
    if (leads) adaptation.pcr = pcr_at(packet.dts);
    else keep_clock(lines_.front(), packet.dts, out);
    line->pid.write(pieces_, adaptation, continuity, out);
}

// Access unit delimiter, parameter sets, and then the units of the frame.
void Muxer::gather_video(const Line& line, const media::Packet& packet) {
    const Codec codec = line.track.codec;
    media::nal::UnitReader units(packet.payload);
    pieces_.push_back(codec == Codec::h264 ? ByteView(h264_delimiter) : ByteView(hevc_delimiter));
    if (packet.keyframe && !has_sps(codec, packet.payload)) pieces_.push_back(line.parameter_sets.view());
    for (auto unit = units.next(); unit && *unit; unit = units.next()) {
        if (is_delimiter(codec, **unit)) continue;
        pieces_.push_back(start_code);
        pieces_.push_back(**unit);
    }
}

bool Muxer::gather_audio(const Line& line, const media::Packet& packet) {
    frame_header_.clear();
    if (line.track.codec == Codec::aac) {
        if (!line.aac || !media::aac::write_adts(*line.aac, packet.payload.size(), frame_header_)) return false;
        pieces_.push_back(frame_header_.view());
    } else if (line.track.codec == Codec::opus) {
        write_opus_control(packet.payload.size(), frame_header_);
        pieces_.push_back(frame_header_.view());
    }
    pieces_.push_back(packet.payload.view());
    return true;
}

void Muxer::write_pes_header(const media::Packet& packet, const media::Track& track, std::size_t size) {
    constexpr std::int64_t mask = (std::int64_t{1} << 33) - 1;
    const auto wire_time = [&](Ticks time) { return std::max(Ticks(), time - origin_).to(90'000) & mask; };
    const std::int64_t pts = wire_time(packet.pts);
    const std::int64_t dts = wire_time(packet.dts);
    const bool has_dts = track.kind == Kind::video && pts != dts;
    const std::size_t times = has_dts ? 10 : 5;
    const std::size_t length = 3 + times + size;
    header_.clear();
    header_.u24(1);
    header_.u8(mapping_of(track.codec)->stream);
    // Video may leave its length open; where it is told, a decoder need not wait for the next frame.
    header_.u16(length <= UINT16_MAX ? static_cast<std::uint16_t>(length) : std::uint16_t{0});
    header_.u8(0x84);  // frames start where the payload does
    header_.u8(has_dts ? 0xc0 : 0x80);
    header_.u8(static_cast<std::uint8_t>(times));
    write_time(has_dts ? 3 : 2, pts, header_);
    if (has_dts) write_time(1, dts, header_);
}

/// The clock is told by the frames of the first track; where these are far apart, also between them.
void Muxer::keep_clock(const Line& line, Ticks dts, base::ByteWriter& out) {
    const std::int64_t due = (dts - clock_lead - origin_).to(pcr_scale);
    if (pcr_ < 0 || due - pcr_ < longest_without_clock) return;
    line.pid.write_adaptation({.pcr = pcr_at(dts)}, out);
}

std::int64_t Muxer::pcr_at(Ticks dts) {
    pcr_ = std::max({std::int64_t{0}, pcr_, (dts - clock_lead - origin_).to(pcr_scale)});
    return pcr_;
}

}  // namespace weir::format::mpegts

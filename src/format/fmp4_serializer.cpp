#include "format/fmp4_serializer.hpp"

#include "format/boxes.hpp"
#include "format/cmaf_init.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::fmp4 {

namespace {

using media::Ticks;

constexpr Ticks longest_wait = Ticks::milliseconds(100);  // of sound for the next picture
constexpr std::size_t box_header_size = 8;

}  // namespace

void StreamWriter::begin(const media::TrackSet& tracks, base::SlabWriter&) {
    if (lines_.empty()) follow(tracks);
    greets_ = true;
}

void StreamWriter::tracks(const media::TrackSet& tracks, Ticks, base::SlabWriter& out) {
    if (!std::exchange(greets_, false)) {
        flush(out);
        follow(tracks);
        has_changed_ = true;
    }
    header_.clear();
    cmaf::write_movie_header(tracks, header_);
    out.append(header_.view());
}

void StreamWriter::follow(const media::TrackSet& tracks) {
    lines_.clear();
    for (const media::Track& track : tracks.tracks) {
        if (!cmaf::can_carry(track)) continue;
        Line& line = lines_.emplace_back();
        line.track = track;
        line.timescale = cmaf::timescale(track);
        for (const base::Bytes& unit : media::parameter_sets(track)) {
            line.parameter_sets.u32(static_cast<std::uint32_t>(unit.size()));
            line.parameter_sets.bytes(unit);
        }
    }
}

void StreamWriter::write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) {
    const auto line = std::ranges::find(lines_, track.id, [](const Line& known) { return known.track.id; });
    if (line == lines_.end()) return;
    add(*line, packet);
    if (is_due(*line)) flush(out);
}

bool StreamWriter::is_due(const Line& line) const noexcept {
    return line.track.kind == media::Kind::video || line.end - line.first >= longest_wait;
}

void StreamWriter::add(Line& line, const media::Packet& packet) {
    const auto wire_time = [&](Ticks time) { return std::max(Ticks(), time - origin_).to(line.timescale); };
    const Ticks frame = packet.duration > Ticks() ? packet.duration : media::frame_duration(line.track);
    const bool carries_sets = has_changed_ && packet.keyframe && line.parameter_sets.size() > 0;
    if (carries_sets) line.payloads.push_back(line.parameter_sets.to_bytes());
    line.payloads.push_back(packet.payload);
    if (line.fragment.is_empty()) line.first = packet.dts;
    line.end = packet.dts + frame;
    line.fragment.add({.decode = wire_time(packet.dts),
                       .composition_offset = wire_time(packet.pts) - wire_time(packet.dts),
                       .duration = wire_time(line.end) - wire_time(packet.dts),
                       .size = packet.payload.size() + (carries_sets ? line.parameter_sets.size() : 0),
                       .keyframe = packet.keyframe});
}

void StreamWriter::flush(base::SlabWriter& out) {
    header_.clear();
    offsets_.clear();
    std::size_t payload = 0;
    boxes::write_box(header_, "moof", [&] {
        boxes::write_full_box(header_, "mfhd", 0, 0, [&] { header_.u32(++sequence_); });
        for (const Line& line : lines_)
            if (!line.fragment.is_empty()) offsets_.push_back(line.fragment.write(line.track.id, header_));
    });
    if (offsets_.empty()) return;
    auto offset = offsets_.begin();
    for (const Line& line : lines_) {
        if (line.fragment.is_empty()) continue;
        header_.patch_u32(*offset++, static_cast<std::uint32_t>(header_.size() + box_header_size + payload));
        payload += line.fragment.payload();
    }
    header_.u32(static_cast<std::uint32_t>(box_header_size + payload));
    header_.text("mdat");
    out.append(header_.view());
    for (Line& line : lines_) {
        for (const base::Bytes& bytes : line.payloads) out.append(bytes);
        line.payloads.clear();
        line.fragment.clear();
    }
}

}  // namespace weir::format::fmp4

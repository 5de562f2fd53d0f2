#include "worker/source_reader.hpp"

#include "base/byte_writer.hpp"
#include "base/clock.hpp"
#include "media/frames.hpp"
#include "media/track_config.hpp"
#include "worker/broker.hpp"
#include "worker/ingest_input.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

namespace weir::worker {

namespace relay = format::relay;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Ticks;

namespace {

base::Instant now() { return base::read_clocks().instant; }

std::uint32_t track_id(media::Kind kind) {
    return kind == media::Kind::video ? media::video_track_id : media::audio_track_id;
}

// G.711 has no record anywhere: what it would say is the container's.
base::Bytes record_of(const av::ElementaryStream& stream) {
    if (stream.codec != media::Codec::pcma && stream.codec != media::Codec::pcmu) return stream.record;
    base::ByteWriter record;
    record.u32(stream.sample_rate);
    record.u8(stream.channels);
    return record.to_bytes();
}

// What goes into a playlist as it is.
bool is_language(std::string_view text) {
    return text != "und" && std::ranges::all_of(text, [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '-';
           });
}

}  // namespace

void SourceReader::wait_at_most(Ticks time) { deadline_ = now() + time.to_duration(); }

Result<void> SourceReader::read(av::DemuxerSettings input, std::string_view scheme, std::string_view peer) {
    in_real_time_ = false;
    return read_all(std::move(input), scheme, peer);
}

Result<void> SourceReader::play(av::DemuxerSettings input, std::string_view name) {
    if (!std::exchange(in_real_time_, true)) zero_ = now();
    offset_.reset();
    return read_all(std::move(input), "file", name);
}

Result<void> SourceReader::read_all(av::DemuxerSettings input, std::string_view scheme, std::string_view peer) {
    trouble_.clear();
    wait_at_most(settings_.connect);
    input.is_cancelled = [this] { return now() >= deadline_; };
    input.trouble = &trouble_;
    av::Demuxer demuxer = TRY(av::Demuxer::create(std::move(input)));
    TRY(begin(demuxer, scheme, peer));
    while (const auto packet = TRY(demuxer.next())) {
        TRY(receive(*packet));
        TRY(settings_.check());
        wait_at_most(packets_ == 0 ? settings_.connect : settings_.silence);
    }
    return {};
}

Result<void> SourceReader::begin(av::Demuxer& demuxer, std::string_view scheme, std::string_view peer) {
    lines_.clear();
    for (av::ElementaryStream& stream : demuxer.take_best()) {
        if (!stream.codec) {
            TRY(settings_.say(
                relay::Remark{base::LogLevel::warning, "left out: " + stream.codec_name + " is not served"}));
            continue;
        }
        format::Elementary elementary(*stream.codec, record_of(stream));
        const std::uint32_t track = track_id(stream.kind);
        lines_.push_back({std::move(stream), std::move(elementary), track});
    }
    if (lines_.empty()) return fail(ErrorKind::unsupported, "the source has neither video nor audio that is served");
    std::erase_if(tracks_.tracks, [&](const media::Track& track) {
        return std::ranges::find(lines_, track.id, &Line::track) == lines_.end();
    });
    if (in_real_time_) find_place();
    if (std::exchange(has_connected_, true)) return {};
    const std::string met = peer.empty() ? network_trace().peer : std::string(peer);
    return settings_.say(relay::Connected{std::string(protocol_name(scheme, demuxer.format())), met, {}});
}

Result<void> SourceReader::receive(const av::ElementaryPacket& packet) {
    const auto line = std::ranges::find(lines_, packet.stream, [](const Line& each) { return each.stream.index; });
    if (line == lines_.end() || line->is_useless) return {};
    if (!packet.new_record.empty()) line->elementary.change(base::Bytes::copy_of(packet.new_record));
    auto unit = line->elementary.receive(packet.data);
    if (!unit && unit.error().kind == ErrorKind::unsupported) return give_up(*line, unit.error().text);
    if (!unit || unit->payload.empty()) return {};  // damaged, or none that anybody could begin with
    if (unit->track) {
        line->described = *unit->track;
        TRY(announce(*line, std::move(*unit->track)));
    }
    const Ticks dts = packet.dts.value_or(line->expected);
    const Ticks duration =
        packet.duration > Ticks() ? packet.duration : media::frame_duration(line->described, unit->payload);
    line->expected = dts + duration;
    media::Packet out{.track = line->track,
                      .dts = placed(dts),
                      .duration = duration,
                      .keyframe = unit->keyframe,
                      .payload = std::move(unit->payload)};
    out.pts = out.dts + packet.composition_offset;
    end_of(out.track) = std::max(end_of(out.track), out.pts + out.duration);
    if (in_real_time_) wait_for(out.dts);
    ++packets_;
    return settings_.say(relay::Media{relay::source, std::move(out)});
}

Result<void> SourceReader::give_up(Line& line, std::string_view text) {
    line.is_useless = true;
    TRY(settings_.say(
        relay::Remark{base::LogLevel::warning, line.stream.codec_name + " is left out: " + std::string(text)}));
    if (std::ranges::all_of(lines_, &Line::is_useless))
        return fail(ErrorKind::unsupported, "the source has neither video nor audio that is served");
    return {};
}

Result<void> SourceReader::announce(const Line& line, media::Track track) {
    track.id = line.track;
    if (track.frame_rate == 0 && track.kind == media::Kind::video) track.frame_rate = line.stream.frame_rate;
    track.announced_bitrate = line.stream.bitrate;
    if (is_language(line.stream.language)) track.language = line.stream.language;
    const auto known = std::ranges::find(tracks_.tracks, track.id, &media::Track::id);
    if (known == tracks_.tracks.end()) tracks_.tracks.push_back(std::move(track));
    else if (*known != track) *known = std::move(track);
    else return {};
    return settings_.say(relay::Tracks{relay::source, std::make_shared<const media::TrackSet>(tracks_)});
}

// Right behind the file before: as early as no track begins before its own end.
void SourceReader::find_place() {
    for (const Line& line : lines_) {
        if (!line.stream.start) continue;
        const Ticks offset = end_of(line.track) - *line.stream.start;
        offset_ = std::max(offset_.value_or(offset), offset);
    }
}

Ticks SourceReader::placed(Ticks time) {
    if (!in_real_time_) return time;
    if (!offset_) offset_ = std::max(ends_[0], ends_[1]) - time;
    return time + *offset_;
}

void SourceReader::wait_for(Ticks time) const { std::this_thread::sleep_until(zero_ + time.to_duration()); }

}  // namespace weir::worker

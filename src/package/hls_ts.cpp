#include "package/hls_ts.hpp"

#include "format/cmaf_entries.hpp"
#include "format/m3u8.hpp"
#include "format/mp4_reader.hpp"
#include "format/mpegts_mux.hpp"
#include "media/track_config.hpp"
#include "package/hls_media.hpp"
#include "package/renditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>
#include <vector>

namespace weir::package::hls_ts {

namespace {

namespace m3u8 = format::m3u8;
namespace mpegts = format::mpegts;
using base::Result;
using media::Ticks;
using stream::Segment;
using stream::SegmentIndex;
using stream::SegmentList;
using stream::SegmentRef;

constexpr std::uint32_t version = 3;          // what old players read
constexpr std::uint32_t version_of_gaps = 8;  // EXT-X-GAP
constexpr Ticks origin = Ticks::seconds(-2);  // decoding runs ahead of presentation, and the clock ahead of decoding
constexpr Ticks longest_reorder = Ticks::milliseconds(500);
constexpr std::size_t slab_size = 64U << 10;
constexpr Ticks unknown_frame = Ticks::milliseconds(40);

bool is_gap(const Segment& segment) noexcept { return segment.gap || segment.size > Limits{}.ts_segment; }

/// What players may choose from, as far as it can be carried.
std::vector<const SegmentList*> carried(const SegmentIndex& index, media::Kind kind) {
    auto lists = playable(index, kind);
    std::erase_if(lists, [](const SegmentList* list) { return !can_carry(list->track); });
    return lists;
}

/// Packets and tables around frames: what a player measures is that much more than what the rendition has.
std::uint64_t with_packets(std::uint64_t bitrate) noexcept { return bitrate + bitrate / 12; }

/// Its sound is in it.
m3u8::Variant muxed(const SegmentList& list, const SegmentList* audio) {
    m3u8::Variant variant = hls::variant(list, audio, list.name + "/ts.m3u8");
    variant.audio.clear();
    variant.bandwidth = with_packets(variant.bandwidth);
    variant.average_bandwidth = with_packets(variant.average_bandwidth);
    return variant;
}

/// CMAF decodes a keyframe when it is presented, and what follows after that; a transport stream decodes nothing later than it is
/// presented. The same for every segment of a rendition.
Ticks reorder_delay(const media::Track& track) {
    const Ticks frame = media::frame_duration(track);
    return std::min(longest_reorder, (frame > Ticks() ? frame : unknown_frame) * media::reorder_depth(track));
}

/// Sound is sent as much ahead as the picture beside it, so that the clock of a segment ends before that of the next begins.
Result<std::vector<media::Packet>> read_packets(const Segment& segment, Ticks delay) {
    std::vector<media::Packet> packets;
    format::mp4::Reader reader;
    reader.receive(segment.init->bytes);
    for (const stream::Part& part : segment.parts)
        for (const base::Bytes& bytes : part.bytes) reader.receive(bytes);
    while (auto event = TRY(reader.next())) {
        auto* packet = std::get_if<media::Packet>(&*event);
        if (packet == nullptr) continue;
        packet->dts = std::min(packet->pts, packet->dts - delay);
        packets.push_back(std::move(*packet));
    }
    return packets;
}

/// With the numbers that the reader gives their packets.
media::TrackSet tracks_of(const Sources& sources) {
    media::TrackSet tracks{{sources.main->init->track}};
    if (sources.sound != nullptr) tracks.tracks.push_back(sources.sound->init->track);
    else if (sources.sound_track) tracks.tracks.push_back(*sources.sound_track);
    for (media::Track& track : tracks.tracks)
        track.id = track.kind == media::Kind::video ? media::video_track_id : media::audio_track_id;
    return tracks;
}

}  // namespace

bool can_carry(const media::Track& track) noexcept {
    return format::cmaf::can_carry(track) && mpegts::can_carry(track);
}

std::string_view refusal(media::Codec codec) noexcept {
    const std::string_view of_cmaf = format::cmaf::refusal(codec);
    return of_cmaf.empty() ? mpegts::refusal(codec) : of_cmaf;
}

std::string multivariant_playlist(const SegmentIndex& index) {
    const auto videos = carried(index, media::Kind::video);
    const auto audios = carried(index, media::Kind::audio);
    m3u8::MultivariantPlaylist playlist{
        .version = version, .independent_segments = false, .renditions = {}, .variants = {}};
    for (const SegmentList* video : videos) playlist.variants.push_back(muxed(*video, audio_beside(*video, audios)));
    if (videos.empty())
        for (const SegmentList* audio : audios) playlist.variants.push_back(muxed(*audio, nullptr));
    return m3u8::write(playlist);
}

std::string media_playlist(const SegmentIndex& index, const SegmentList& list) {
    m3u8::MediaPlaylist playlist;
    const bool has_gaps = std::ranges::any_of(list.listed, [](const SegmentRef& segment) { return is_gap(*segment); });
    playlist.version = has_gaps ? version_of_gaps : version;
    playlist.target_duration = static_cast<std::uint32_t>(index.target_duration.to(1));
    playlist.ended = index.ended;
    if (!list.listed.empty()) {
        const Segment& first = *list.listed.front();
        playlist.media_sequence = first.sequence;
        // A player counts the tag before the first segment too.
        playlist.discontinuity_sequence = first.discontinuity_sequence - (first.discontinuity ? 1 : 0);
    }
    for (const SegmentRef& segment : list.listed)
        playlist.segments.push_back(
            {.uri = fmt::format("{}-{}.ts", index.epoch, segment->sequence),
             .duration = segment->duration,
             .discontinuity = segment->discontinuity,
             .gap = is_gap(*segment),
             .map = {},
             .program_date_time = std::chrono::floor<std::chrono::milliseconds>(segment->wall)});
    return m3u8::write(playlist);
}

std::optional<Sources> find_segment(const SegmentIndex& index, const SegmentList& list,
                                    const hls::SegmentAddress& address) {
    if (!can_carry(list.track)) return std::nullopt;
    Sources sources{.main = hls::find_segment(index, list, address), .sound = {}, .sound_track = {}};
    if (sources.main == nullptr || is_gap(*sources.main)) return std::nullopt;
    if (list.kind == media::Kind::audio) return sources;
    const auto audios = carried(index, media::Kind::audio);
    if (const SegmentList* audio = audio_beside(list, audios)) {
        sources.sound = hls::find_segment(index, *audio, address);
        sources.sound_track = audio->track;
    }
    if (sources.size() > Limits{}.ts_segment) sources.sound = nullptr;
    return sources;
}

Result<std::vector<base::Bytes>> write(const Sources& sources) {
    const Ticks delay = reorder_delay(sources.main->init->track);
    const auto main = TRY(read_packets(*sources.main, delay));
    const auto sound =
        sources.sound != nullptr ? TRY(read_packets(*sources.sound, delay)) : std::vector<media::Packet>();
    std::vector<media::Packet> packets;
    std::ranges::merge(main, sound, std::back_inserter(packets), {}, &media::Packet::dts, &media::Packet::dts);
    // Of each track the last frame brings its counter round.
    std::vector<std::size_t> last(std::max(media::video_track_id, media::audio_track_id) + 1, SIZE_MAX);
    for (std::size_t i = 0; i < packets.size(); ++i) last[packets[i].track] = i;

    mpegts::Muxer muxer(origin);
    muxer.follow(tracks_of(sources));
    base::SlabWriter out(slab_size);
    base::ByteWriter written;
    const auto append = [&] {
        out.append(written.view());
        written.clear();
    };
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool is_last = last[packets[i].track] == i;
        muxer.write(packets[i], is_last ? mpegts::Continuity::comes_round : mpegts::Continuity::goes_on, written);
        append();
    }
    muxer.round_off(written);
    append();
    return out.take();
}

}  // namespace weir::package::hls_ts

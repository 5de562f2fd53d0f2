#include "format/mp4_tracks.hpp"

#include "format/boxes.hpp"
#include "media/codec.hpp"
#include "media/mpeg_audio.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <optional>

namespace weir::format::mp4 {

namespace {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using boxes::Box;
using boxes::BoxReader;
using boxes::find;
using boxes::find_optional;
using media::Ticks;

/// Skips two times and returns what follows them, which is 64 bits wide in version 1.
Result<ByteReader> behind_times(ByteView box) {
    ByteReader reader(box);
    const auto header = TRY(boxes::read_full_box_header(reader));
    TRY(reader.skip(header.version == 1 ? 16 : 8));
    return reader;
}

Result<std::uint32_t> parse_timescale(ByteView mvhd_or_mdhd) {
    auto reader = TRY(behind_times(mvhd_or_mdhd));
    const std::uint32_t timescale = TRY(reader.u32());
    if (timescale == 0) return fail(ErrorKind::malformed, "an MP4 timescale is zero");
    return timescale;
}

Result<std::uint32_t> parse_track_id(ByteView tkhd) {
    auto reader = TRY(behind_times(tkhd));
    return reader.u32();
}

Result<std::optional<media::Kind>> parse_kind(ByteView hdlr) {
    ByteReader reader(hdlr);
    TRY(reader.skip(8));
    const std::string_view handler = TRY(reader.text(4));
    if (handler == "vide") return media::Kind::video;
    if (handler == "soun") return media::Kind::audio;
    return std::nullopt;
}

/// Empty edits delay the track; the first other one says which media time comes first.
Result<Ticks> parse_shift(ByteView elst, std::uint32_t movie_timescale, std::uint32_t timescale) {
    constexpr std::uint64_t longest = std::uint64_t{1} << 32;
    ByteReader reader(elst);
    const auto header = TRY(boxes::read_full_box_header(reader));
    const std::uint32_t count = TRY(reader.u32());
    Ticks delay;
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool wide = header.version == 1;
        const std::uint64_t duration = wide ? TRY(reader.u64()) : TRY(reader.u32());
        const auto start = wide ? static_cast<std::int64_t>(TRY(reader.u64()))
                                : std::int64_t{static_cast<std::int32_t>(TRY(reader.u32()))};
        TRY(reader.skip(4));
        if (duration > longest || start > static_cast<std::int64_t>(longest) || start < -1)
            return fail(ErrorKind::malformed, "an MP4 edit list makes no sense");
        if (start >= 0) return delay - Ticks::from(start, timescale);
        delay = Ticks::from(static_cast<std::int64_t>(duration), movie_timescale);
    }
    return delay;
}

/// The size of a descriptor (ISO 14496-1 8.3.3): seven bits a byte, at most four bytes.
Result<std::size_t> parse_descriptor_size(ByteReader& reader) {
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i) {
        const std::uint8_t byte = TRY(reader.u8());
        size = size << 7 | (byte & 0x7fU);
        if ((byte & 0x80U) == 0) break;
    }
    return size;
}

constexpr std::uint8_t aac_object = 0x40;

/// What `esds` says (ISO 14496-1 7.2.6.6): the kind of audio, and of AAC the AudioSpecificConfig.
struct Esds {
    std::uint8_t object_type = 0;
    ByteView config;
};

Result<Esds> parse_esds(ByteView esds) {
    ByteReader reader(esds);
    TRY(reader.skip(4));
    if (TRY(reader.u8()) != 3) return fail(ErrorKind::malformed, "an MP4 esds has no elementary stream descriptor");
    (void)TRY(parse_descriptor_size(reader));
    TRY(reader.skip(2));
    const std::uint8_t flags = TRY(reader.u8());
    if (flags & 0x80U) TRY(reader.skip(2));
    if (flags & 0x40U) {
        const std::uint8_t url_size = TRY(reader.u8());
        TRY(reader.skip(url_size));
    }
    if (flags & 0x20U) TRY(reader.skip(2));
    if (TRY(reader.u8()) != 4) return fail(ErrorKind::malformed, "an MP4 esds has no decoder descriptor");
    (void)TRY(parse_descriptor_size(reader));
    Esds said{.object_type = TRY(reader.u8()), .config = {}};
    if (said.object_type != aac_object) return said;
    TRY(reader.skip(12));
    if (TRY(reader.u8()) != 5) return fail(ErrorKind::malformed, "an MP4 esds has no AudioSpecificConfig");
    const std::size_t config_size = TRY(parse_descriptor_size(reader));
    said.config = TRY(reader.take(config_size));
    return said;
}

/// MP3 has no record: what the sample entry says has to do.
Result<media::Track> parse_mp3(ByteView entry) {
    ByteReader reader(entry);
    TRY(reader.skip(16));
    const std::uint16_t channels = TRY(reader.u16());
    TRY(reader.skip(6));
    const std::uint32_t sample_rate = TRY(reader.u32()) >> 16;
    return media::track_from_config(media::Codec::mp3, TRY(media::mpeg_audio::any_header(sample_rate, channels)));
}

/// The track of an `mp4a`.
Result<media::Track> parse_mp4a(ByteView entry, ByteView esds) {
    constexpr std::uint8_t mpeg1_audio_object = 0x6b;
    constexpr std::uint8_t mpeg2_audio_object = 0x69;
    const Esds said = TRY(parse_esds(esds));
    if (said.object_type == aac_object) return media::track_from_config(media::Codec::aac, said.config);
    if (said.object_type == mpeg1_audio_object || said.object_type == mpeg2_audio_object) return parse_mp3(entry);
    return fail(ErrorKind::unsupported, "this audio in MP4 is neither AAC nor MP3");
}

/// The track that the first sample entry describes, by its config record or without.
Result<media::Track> parse_entry(ByteView entry, media::Codec codec, unsigned& length_size) {
    constexpr std::size_t visual_fields = 78;
    constexpr std::size_t audio_fields = 28;
    if (codec == media::Codec::mp3) return parse_mp3(entry);
    const media::CodecInfo& row = media::info(codec);
    ByteReader reader(entry);
    TRY(reader.skip(row.kind == media::Kind::video ? visual_fields : audio_fields));
    const ByteView config = TRY(find(reader.rest(), {row.config_box}));
    if (row.config_box == "esds") return parse_mp4a(entry, config);
    length_size = media::nal_length_size(codec, config);
    return media::track_from_config(codec, config);
}

/// What the sample entry says where the config record does not.
Result<void> parse_size(ByteView entry, media::Track& track) {
    constexpr std::size_t before_size = 24;
    ByteReader reader(entry);
    TRY(reader.skip(before_size));
    track.width = TRY(reader.u16());
    track.height = TRY(reader.u16());
    return {};
}

Result<media::Track> parse_stsd(ByteView stsd, media::Kind kind, unsigned& length_size) {
    ByteReader reader(stsd);
    TRY(reader.skip(8));
    BoxReader entries(reader.rest());
    const std::optional<Box> entry = TRY(entries.next());
    if (!entry) return fail(ErrorKind::malformed, "an MP4 track has no sample entry");
    const auto codec = media::codec_of_sample_entry(entry->type);
    if (!codec || media::info(*codec).kind != kind)
        return fail(ErrorKind::unsupported, "a track of this MP4 has a codec that is not served");
    media::Track track = TRY(parse_entry(entry->body, *codec, length_size));
    if (kind == media::Kind::video && track.width == 0) TRY(parse_size(entry->body, track));
    return track;
}

/// Nothing for tracks that are neither video nor audio.
Result<std::optional<FileTrack>> parse_trak(ByteView trak, std::uint32_t movie_timescale) {
    const ByteView hdlr = TRY(find(trak, {"mdia", "hdlr"}));
    const auto kind = TRY(parse_kind(hdlr));
    if (!kind) return std::nullopt;
    const ByteView tkhd = TRY(find(trak, {"tkhd"}));
    const ByteView mdhd = TRY(find(trak, {"mdia", "mdhd"}));
    const ByteView stsd = TRY(find(trak, {"mdia", "minf", "stbl", "stsd"}));
    FileTrack track;
    track.file_id = TRY(parse_track_id(tkhd));
    track.timescale = TRY(parse_timescale(mdhd));
    track.track = TRY(parse_stsd(stsd, *kind, track.length_size));
    if (const auto elst = TRY(find_optional(trak, {"edts", "elst"})))
        track.shift = TRY(parse_shift(*elst, movie_timescale, track.timescale));
    return track;
}

Result<void> apply_trex(ByteView trex, std::vector<FileTrack>& tracks) {
    ByteReader reader(trex);
    TRY(reader.skip(4));
    const std::uint32_t id = TRY(reader.u32());
    TRY(reader.skip(4));
    const std::uint32_t duration = TRY(reader.u32());
    const std::uint32_t size = TRY(reader.u32());
    const std::uint32_t flags = TRY(reader.u32());
    for (FileTrack& track : tracks)
        if (track.file_id == id) track.defaults = {duration, size, flags};
    return {};
}

}  // namespace

Result<std::vector<FileTrack>> parse_moov(ByteView moov) {
    const ByteView mvhd = TRY(find(moov, {"mvhd"}));
    const std::uint32_t movie_timescale = TRY(parse_timescale(mvhd));
    const auto mvex = TRY(find_optional(moov, {"mvex"}));
    if (!mvex)
        return fail(ErrorKind::unsupported,
                    "the MP4 is not fragmented; make it so with: ffmpeg -i IN -c copy "
                    "-movflags frag_keyframe+empty_moov+default_base_moof OUT");
    std::vector<FileTrack> tracks;
    BoxReader reader(moov);
    while (const auto box = TRY(reader.next())) {
        if (box->type != "trak") continue;
        auto track = TRY(parse_trak(box->body, movie_timescale));
        const auto is_same_kind = [&](const FileTrack& other) { return other.track.kind == track->track.kind; };
        if (track && std::ranges::none_of(tracks, is_same_kind)) tracks.push_back(std::move(*track));
    }
    if (tracks.empty()) return fail(ErrorKind::unsupported, "the MP4 has neither video nor audio");
    BoxReader extends(*mvex);
    while (const auto box = TRY(extends.next()))
        if (box->type == "trex") TRY(apply_trex(box->body, tracks));
    return tracks;
}

}  // namespace weir::format::mp4

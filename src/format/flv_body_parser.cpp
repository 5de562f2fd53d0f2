#include "format/flv_body_parser.hpp"

#include "base/byte_reader.hpp"
#include "media/frames.hpp"
#include "media/g711.hpp"
#include "media/nal.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <array>

namespace weir::format::flv {

using base::ByteReader;
using base::Bytes;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;
using media::Kind;

namespace {

constexpr std::uint8_t enhanced_video = 0x80;
constexpr std::uint8_t enhanced_audio = 9;  ///< SoundFormat

/// Numbers that Flash never had, or had for the same once more, and sources in use have.
struct OtherId {
    Kind kind;
    std::uint8_t id;
    Codec codec;
};
constexpr std::array<OtherId, 3> other_ids{
    {{Kind::video, 13, Codec::av1}, {Kind::audio, 13, Codec::opus}, {Kind::audio, 14, Codec::mp3}}};

/// What is refused, in words. Ids as in E.4.2.1 and E.4.3.1.
struct RefusedId {
    Kind kind;
    std::uint8_t id;
    std::string_view text;
};
constexpr std::array<RefusedId, 11> refused_ids{{
    {Kind::video, 2, "Sorenson H.263 over RTMP is not served: publish H.264, HEVC or AV1"},
    {Kind::video, 3, "screen video over RTMP is not served: publish H.264, HEVC or AV1"},
    {Kind::video, 4, "VP6 over RTMP is not served: publish H.264, HEVC or AV1"},
    {Kind::video, 5, "VP6 with alpha over RTMP is not served: publish H.264, HEVC or AV1"},
    {Kind::video, 6, "screen video over RTMP is not served: publish H.264, HEVC or AV1"},
    {Kind::audio, 0, "PCM over RTMP is not served: publish AAC or Opus"},
    {Kind::audio, 1, "ADPCM over RTMP is not served: publish AAC or Opus"},
    {Kind::audio, 3, "PCM over RTMP is not served: publish AAC or Opus"},
    {Kind::audio, 4, "Nellymoser over RTMP is not served: publish AAC or Opus"},
    {Kind::audio, 6, "Nellymoser over RTMP is not served: publish AAC or Opus"},
    {Kind::audio, 11, "Speex over RTMP is not served: publish AAC or Opus"},
}};

constexpr std::string_view unknown_codec =
    "this codec over RTMP is not known: publish H.264, HEVC or AV1, and AAC or Opus";

Result<Codec> codec_of_id(Kind kind, std::uint8_t id) {
    if (const auto codec = media::codec_of_flv_id(kind, id)) return *codec;
    for (const OtherId& other : other_ids)
        if (other.kind == kind && other.id == id) return other.codec;
    for (const RefusedId& refused : refused_ids)
        if (refused.kind == kind && refused.id == id) return fail(ErrorKind::unsupported, refused.text);
    return fail(ErrorKind::unsupported, unknown_codec);
}

Result<Codec> codec_of_fourcc(Kind kind, std::string_view fourcc) {
    const auto codec = media::codec_of_fourcc(fourcc);
    if (codec && media::info(*codec).kind == kind && can_carry(*codec)) return *codec;
    if (fourcc == "vvc1")
        return fail(ErrorKind::unsupported, "VVC over RTMP is not served: publish H.264, HEVC or AV1");
    return fail(ErrorKind::unsupported, unknown_codec);
}

/// SI24, milliseconds.
Result<media::Ticks> read_composition_time(ByteReader& reader) {
    const std::uint32_t value = TRY(reader.u24());
    return media::Ticks::milliseconds(static_cast<std::int32_t>(value << 8) >> 8);
}

/// The fields of av1C in the descriptor of MPEG-TS (AV1 in MPEG-2 TS 2.2): behind tag and length, and without what is only there.
Result<Bytes> record_of_descriptor(Codec codec, const Bytes& descriptor) {
    if (codec != Codec::av1) return fail(ErrorKind::unsupported, "a descriptor of MPEG-TS is of AV1 alone");
    ByteReader reader(descriptor);
    TRY(reader.skip(2));
    base::ByteWriter record;
    record.bytes(TRY(reader.take(3)));
    record.u8(TRY(reader.u8()) & 0x1f);
    return record.to_bytes();
}

/// What the first byte says of G.711, which has no header: its sampling rate is always the same (E.4.2.1). Nothing for others.
Bytes record_of_sound(Codec codec, std::uint8_t first) {
    if (codec != Codec::pcma && codec != Codec::pcmu) return {};
    base::ByteWriter record;
    media::g711::write_config({.sample_rate = 8'000, .channels = static_cast<std::uint8_t>((first & 1) + 1)}, record);
    return record.to_bytes();
}

/// What the reader has not read, sharing the slab of `body`.
Bytes rest_of(const Bytes& body, const ByteReader& reader) { return body.slice(reader.position()); }

std::uint32_t track_id(Kind kind, std::uint8_t number) noexcept {
    return (kind == Kind::video ? media::video_track_id : media::audio_track_id) + 2U * number;
}

}  // namespace

bool can_read(Codec codec) noexcept {
    const media::CodecInfo& row = media::info(codec);
    const auto is_read = [&](const Result<Codec>& read) { return read && *read == codec; };
    return is_read(codec_of_fourcc(row.kind, row.fourcc)) ||
           (row.flv_id != 0 && is_read(codec_of_id(row.kind, row.flv_id)));
}

Result<std::optional<Event>> BodyParser::receive(TagType type, std::uint32_t timestamp, const Bytes& body) {
    events_.clear();
    next_ = 0;
    if (!body.empty() && type != TagType::script) TRY(read(type, timestamp, body));
    return next();
}

std::optional<Event> BodyParser::next() {
    if (next_ == events_.size()) return std::nullopt;
    return std::move(events_[next_++]);
}

BodyParser::Done BodyParser::read(TagType type, std::uint32_t timestamp, const Bytes& body) {
    const std::uint8_t first = *body.begin();
    if (type == TagType::video)
        return (first & enhanced_video) != 0 ? read_enhanced(Kind::video, timestamp, body)
                                             : read_video(timestamp, body);
    return first >> 4 == enhanced_audio ? read_enhanced(Kind::audio, timestamp, body) : read_audio(timestamp, body);
}

BodyParser::Done BodyParser::read_video(std::uint32_t timestamp, const Bytes& body) {
    ByteReader reader(body);
    const std::uint8_t first = TRY(reader.u8());
    if (FrameType(first >> 4) == FrameType::command) return {};
    const Codec codec = TRY(codec_of_id(Kind::video, first & 0x0f));
    Lane& known = *TRY(lane(media::video_track_id));
    const auto packet_type = PacketType(TRY(reader.u8()));
    if (packet_type == PacketType::end_of_sequence) return end(known), Done();
    const media::Ticks offset = TRY(read_composition_time(reader));
    if (packet_type == PacketType::sequence_header) return config(known, codec, rest_of(body, reader));
    if (packet_type != PacketType::frame)
        return fail(ErrorKind::malformed, "a video message has an unknown packet type");
    const media::Ticks delay = has_composition_time(codec) ? offset : media::Ticks();
    return frame(known, codec, {media::video_track_id, timestamp, delay, false, rest_of(body, reader)});
}

BodyParser::Done BodyParser::read_audio(std::uint32_t timestamp, const Bytes& body) {
    ByteReader reader(body);
    const std::uint8_t first = TRY(reader.u8());
    const Codec codec = TRY(codec_of_id(Kind::audio, first >> 4));
    Lane& known = *TRY(lane(media::audio_track_id));
    if (const Bytes record = record_of_sound(codec, first); !record.empty()) TRY(config(known, codec, record));
    const auto packet_type = has_packet_type(codec) ? PacketType(TRY(reader.u8())) : PacketType::frame;
    if (packet_type == PacketType::sequence_header) return config(known, codec, rest_of(body, reader));
    if (packet_type != PacketType::frame)
        return fail(ErrorKind::malformed, "an audio message has an unknown packet type");
    return frame(known, codec, {media::audio_track_id, timestamp, {}, false, rest_of(body, reader)});
}

BodyParser::Done BodyParser::read_enhanced(Kind kind, std::uint32_t timestamp, const Bytes& body) {
    EnhancedReader parts(kind, body);
    while (const auto part = TRY(parts.next())) {
        const std::uint32_t id = track_id(kind, part->track);
        const Done taken = take(kind, *part, {id, timestamp, parts.fraction(), false, part->body});
        if (taken) continue;
        if (part->track == 0) return taken;
        ++parts_refused_;
    }
    return {};
}

BodyParser::Done BodyParser::take(Kind kind, const Part& part, Sample sample) {
    const Codec codec = TRY(codec_of_fourcc(kind, part.fourcc));
    Lane& known = *TRY(lane(sample.track));
    if (part.use == Use::config) return config(known, codec, part.body);
    if (part.use == Use::ts_config) return config(known, codec, TRY(record_of_descriptor(codec, part.body)));
    if (part.use == Use::end) return end(known), Done();
    if (part.use == Use::frame && kind == Kind::video && has_composition_time(codec)) {
        ByteReader reader(part.body);
        sample.composition_offset += TRY(read_composition_time(reader));
        sample.payload = rest_of(part.body, reader);
    }
    return frame(known, codec, std::move(sample));
}

BodyParser::Done BodyParser::config(Lane& known, Codec codec, const Bytes& record) {
    if (known.codec == codec && known.record == record) return {};
    const std::uint32_t id = known.id;
    if (record.size() > limits_.config.bytes()) {
        known = {.id = id, .codec = {}, .record = {}, .track = {}};
        return fail(ErrorKind::too_large, "a decoder configuration is larger than allowed");
    }
    // Where FLV has no place for a record, what stands there is not believed: it need not agree with the frames.
    if ((record.empty() || !has_record(codec)) && media::describes_itself(codec)) return {};
    media::Track track = TRY(media::track_from_config(codec, record));
    track.id = id;
    known = {.id = id,
             .codec = codec,
             .record = Bytes::copy_of(record),
             .length_size = media::nal_length_size(codec, record),
             .track = std::move(track)};
    const bool has_size = known.track.kind == Kind::audio || known.track.width != 0;
    if (has_size || !media::describes_itself(codec)) tell(known);
    return {};
}

BodyParser::Done BodyParser::frame(Lane& known, Codec codec, Sample sample) {
    if (known.codec != codec && !media::describes_itself(codec)) return ++frames_without_config_, Done();
    const unsigned length_size = known.codec == codec ? known.length_size : 0;
    sample.payload = TRY(media::payload_of(codec, sample.payload, length_size));
    if (sample.payload.empty()) return {};
    const media::nal::Picture picture = TRY(media::picture(codec, sample.payload));
    if (picture == media::nal::Picture::none) return {};
    if (picture == media::nal::Picture::rasl) return ++leading_pictures_dropped_, Done();
    sample.keyframe = picture == media::nal::Picture::idr || picture == media::nal::Picture::open_access;
    if (sample.keyframe && media::describes_itself(codec)) TRY(learn(known, codec, sample.payload));
    if (known.codec != codec || !known.is_told) return ++frames_without_config_, Done();
    events_.emplace_back(std::move(sample));
    return {};
}

/// What a keyframe says is told where no record did, or where the size is another now. The record counts for the rest, unless the
/// keyframe says more.
BodyParser::Done BodyParser::learn(Lane& known, Codec codec, base::ByteView keyframe) {
    const bool is_known = known.codec == codec;
    if (is_known && known.is_told && known.track.kind == Kind::audio) return {};
    auto found = media::track_from_frame(codec, keyframe);
    if (!found) return is_known && known.is_told ? Done() : Done(std::unexpected(found.error()));
    if (is_known && known.is_told && found->width == known.track.width && found->height == known.track.height)
        return {};
    found->id = known.id;
    if (is_known && known.record.size() > 0 && known.track.config.size() >= found->config.size()) {
        found->config = known.track.config;
        found->codec_string = known.track.codec_string;
    }
    if (!is_known) known = {.id = known.id, .codec = codec, .record = {}, .track = {}};
    known.track = *std::move(found);
    tell(known);
    return {};
}

void BodyParser::tell(Lane& known) {
    known.is_told = true;
    events_.emplace_back(Config{known.track});
}

void BodyParser::end(Lane& known) {
    if (!known.codec) return;
    known = {.id = known.id, .codec = {}, .record = {}, .track = {}};
    events_.emplace_back(EndOfSequence{known.id});
}

Result<BodyParser::Lane*> BodyParser::lane(std::uint32_t id) {
    const auto known = std::ranges::find(lanes_, id, &Lane::id);
    if (known != lanes_.end()) return &*known;
    if (lanes_.size() >= limits_.tracks)
        return fail(ErrorKind::too_large, "the publisher has more tracks than allowed");
    return &lanes_.emplace_back(Lane{.id = id, .codec = {}, .record = {}, .track = {}});
}

}  // namespace weir::format::flv

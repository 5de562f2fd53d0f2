#include "format/flv_body_parser.hpp"

#include "base/byte_reader.hpp"
#include "media/track_config.hpp"

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

/// What is refused, in words. Ids as in E.4.2.1 and E.4.3.1.
struct RefusedId {
    Kind kind;
    std::uint8_t id;
    std::string_view text;
};
constexpr std::array<RefusedId, 18> refused_ids{{
    {Kind::video, 2, "Sorenson H.263 over RTMP is not served: publish H.264 or HEVC"},
    {Kind::video, 3, "screen video over RTMP is not served: publish H.264 or HEVC"},
    {Kind::video, 4, "VP6 over RTMP is not served: publish H.264 or HEVC"},
    {Kind::video, 5, "VP6 with alpha over RTMP is not served: publish H.264 or HEVC"},
    {Kind::video, 6, "screen video over RTMP is not served: publish H.264 or HEVC"},
    {Kind::video, 13, "AV1 over RTMP is not served yet"},
    {Kind::audio, 0, "PCM over RTMP is not served: publish AAC"},
    {Kind::audio, 1, "ADPCM over RTMP is not served: publish AAC"},
    {Kind::audio, 2, "MP3 over RTMP is not served: publish AAC"},
    {Kind::audio, 3, "PCM over RTMP is not served: publish AAC"},
    {Kind::audio, 4, "Nellymoser over RTMP is not served: publish AAC"},
    {Kind::audio, 5, "Nellymoser over RTMP is not served: publish AAC"},
    {Kind::audio, 6, "Nellymoser over RTMP is not served: publish AAC"},
    {Kind::audio, 7, "G.711 over RTMP is not served: publish AAC"},
    {Kind::audio, 8, "G.711 over RTMP is not served: publish AAC"},
    {Kind::audio, 11, "Speex over RTMP is not served: publish AAC"},
    {Kind::audio, 13, "Opus over RTMP is not served yet"},
    {Kind::audio, 14, "MP3 over RTMP is not served: publish AAC"},
}};

struct RefusedFourcc {
    std::string_view fourcc;
    std::string_view text;
};
constexpr std::array<RefusedFourcc, 9> refused_fourccs{{
    {"av01", "AV1 over RTMP is not served yet"},
    {"vp09", "VP9 over RTMP is not served yet"},
    {"vp08", "VP8 over RTMP is not served yet"},
    {"vvc1", "VVC over RTMP is not served yet"},
    {"Opus", "Opus over RTMP is not served yet"},
    {"fLaC", "FLAC over RTMP is not served yet"},
    {"ac-3", "AC-3 over RTMP is not served yet"},
    {"ec-3", "E-AC-3 over RTMP is not served yet"},
    {".mp3", "MP3 over RTMP is not served: publish AAC"},
}};

Result<Codec> codec_of_id(Kind kind, std::uint8_t id) {
    if (const auto codec = media::codec_of_flv_id(kind, id)) return *codec;
    for (const RefusedId& refused : refused_ids)
        if (refused.kind == kind && refused.id == id) return fail(ErrorKind::unsupported, refused.text);
    return fail(ErrorKind::unsupported, "this codec over RTMP is not known: publish H.264 or HEVC, and AAC");
}

Result<Codec> codec_of_fourcc(Kind kind, std::string_view fourcc) {
    const auto codec = media::codec_of_fourcc(fourcc);
    if (codec && media::info(*codec).kind == kind && can_carry(*codec)) return *codec;
    for (const RefusedFourcc& refused : refused_fourccs)
        if (refused.fourcc == fourcc) return fail(ErrorKind::unsupported, refused.text);
    return fail(ErrorKind::unsupported, "this codec over RTMP is not known: publish H.264 or HEVC, and AAC");
}

/// SI24, milliseconds.
Result<media::Ticks> read_composition_time(ByteReader& reader) {
    const std::uint32_t value = TRY(reader.u24());
    return media::Ticks::milliseconds(static_cast<std::int32_t>(value << 8) >> 8);
}

/// What the reader has not read, sharing the slab of `body`.
Bytes rest_of(const Bytes& body, const ByteReader& reader) { return body.slice(reader.position()); }

}  // namespace

BodyParser::Outcome BodyParser::receive(TagType type, std::uint32_t timestamp, const Bytes& body) {
    if (body.empty() || type == TagType::script) return std::nullopt;
    return type == TagType::video ? receive_video(timestamp, body) : receive_audio(timestamp, body);
}

BodyParser::Outcome BodyParser::receive_video(std::uint32_t timestamp, const Bytes& body) {
    ByteReader reader(body);
    const std::uint8_t first = TRY(reader.u8());
    if ((first & enhanced_video) != 0) return receive_enhanced_video(timestamp, body);
    if (FrameType(first >> 4) == FrameType::command) return std::nullopt;
    const Codec codec = TRY(codec_of_id(Kind::video, first & 0x0f));
    const auto packet_type = PacketType(TRY(reader.u8()));
    if (packet_type == PacketType::end_of_sequence) return end(Kind::video);
    const media::Ticks offset = TRY(read_composition_time(reader));
    if (packet_type == PacketType::sequence_header) return config(codec, rest_of(body, reader));
    if (packet_type != PacketType::frame)
        return fail(ErrorKind::malformed, "a video message has an unknown packet type");
    return frame(codec, {media::video_track_id, timestamp, offset, false, rest_of(body, reader)});
}

BodyParser::Outcome BodyParser::receive_enhanced_video(std::uint32_t timestamp, const Bytes& body) {
    ByteReader reader(body);
    const std::uint8_t first = TRY(reader.u8());
    const auto packet_type = ExPacketType(first & 0x0f);
    if (packet_type == ExPacketType::metadata || FrameType(first >> 4 & 0x07) == FrameType::command)
        return std::nullopt;
    if (packet_type == ExPacketType::multitrack)
        return fail(ErrorKind::unsupported, "multitrack RTMP is not served yet");
    if (packet_type > ExPacketType::coded_frames_x)
        return fail(ErrorKind::unsupported, "this extension of Enhanced RTMP video is not served yet");
    const std::string_view fourcc = TRY(reader.text(4));
    const Codec codec = TRY(codec_of_fourcc(Kind::video, fourcc));
    if (packet_type == ExPacketType::sequence_end) return end(Kind::video);
    if (packet_type == ExPacketType::sequence_start) return config(codec, rest_of(body, reader));
    media::Ticks offset;
    if (packet_type == ExPacketType::coded_frames) offset = TRY(read_composition_time(reader));
    return frame(codec, {media::video_track_id, timestamp, offset, false, rest_of(body, reader)});
}

BodyParser::Outcome BodyParser::receive_audio(std::uint32_t timestamp, const Bytes& body) {
    ByteReader reader(body);
    const std::uint8_t format = TRY(reader.u8()) >> 4;
    if (format == enhanced_audio) return receive_enhanced_audio(timestamp, body);
    const Codec codec = TRY(codec_of_id(Kind::audio, format));
    const auto packet_type = PacketType(TRY(reader.u8()));
    if (packet_type == PacketType::sequence_header) return config(codec, rest_of(body, reader));
    if (packet_type != PacketType::frame)
        return fail(ErrorKind::malformed, "an audio message has an unknown packet type");
    return frame(codec, {media::audio_track_id, timestamp, {}, false, rest_of(body, reader)});
}

BodyParser::Outcome BodyParser::receive_enhanced_audio(std::uint32_t timestamp, const Bytes& body) {
    ByteReader reader(body);
    const auto packet_type = ExPacketType(TRY(reader.u8()) & 0x0f);
    if (packet_type == ExPacketType::metadata) return std::nullopt;  // here it is the layout of the channels
    if (packet_type > ExPacketType::sequence_end)
        return fail(ErrorKind::unsupported, "this extension of Enhanced RTMP audio is not served yet");
    const std::string_view fourcc = TRY(reader.text(4));
    const Codec codec = TRY(codec_of_fourcc(Kind::audio, fourcc));
    if (packet_type == ExPacketType::sequence_end) return end(Kind::audio);
    if (packet_type == ExPacketType::sequence_start) return config(codec, rest_of(body, reader));
    return frame(codec, {media::audio_track_id, timestamp, {}, false, rest_of(body, reader)});
}

BodyParser::Outcome BodyParser::config(Codec codec, const Bytes& record) {
    Lane& known = lane(media::info(codec).kind);
    if (known.codec == codec && known.config == record) return std::nullopt;
    if (record.size() > limits_.config.bytes()) {
        known = {};
        return fail(ErrorKind::too_large, "a decoder configuration is larger than allowed");
    }
    media::Track track = TRY(media::track_from_config(codec, record));
    known = {codec, Bytes::copy_of(record), media::nal_length_size(codec, record)};
    return Config{std::move(track)};
}

BodyParser::Outcome BodyParser::frame(Codec codec, Sample sample) {
    const Lane& known = lane(media::info(codec).kind);
    if (known.codec != codec) {
        ++frames_without_config_;
        return std::nullopt;
    }
    if (known.length_size != 0)
        sample.payload = TRY(media::nal::with_four_byte_lengths(sample.payload, known.length_size));
    if (sample.payload.empty()) return std::nullopt;
    const media::nal::Picture picture = TRY(media::picture(codec, sample.payload));
    if (picture == media::nal::Picture::none) return std::nullopt;
    if (picture == media::nal::Picture::rasl) {
        ++leading_pictures_dropped_;
        return std::nullopt;
    }
    sample.keyframe = picture == media::nal::Picture::idr || picture == media::nal::Picture::open_access;
    return sample;
}

BodyParser::Outcome BodyParser::end(Kind kind) {
    Lane& known = lane(kind);
    if (!known.codec) return std::nullopt;
    known = {};
    return EndOfSequence{kind == Kind::video ? media::video_track_id : media::audio_track_id};
}

}  // namespace weir::format::flv

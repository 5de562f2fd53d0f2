#include "format/flv_metadata.hpp"

#include <cmath>

#include "base/byte_reader.hpp"
#include "format/amf0.hpp"
#include "format/flv_tags.hpp"

namespace weir::format::flv {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr double largest_side = 16'384;
constexpr double fastest = 1'000;
constexpr double largest_bitrate = 10'000'000;  ///< kbit/s
constexpr double longest = 366.0 * 24 * 3600;
constexpr std::size_t longest_encoder = 64;

/// The number of that name; 0 where it is missing, no number, or beyond `most`.
double number(const amf0::Object& object, std::string_view name, double most) {
    const amf0::Value* value = object.find(name);
    const double* found = value == nullptr ? nullptr : value->number();
    return found != nullptr && *found > 0 && *found <= most ? *found : 0;
}

std::string printable(const amf0::Object& object, std::string_view name) {
    const amf0::Value* value = object.find(name);
    const std::string* found = value == nullptr ? nullptr : value->string();
    std::string text;
    if (found == nullptr) return text;
    for (const char letter : *found)
        if (letter >= ' ' && letter <= '~' && text.size() < longest_encoder) text.push_back(letter);
    return text;
}

std::uint64_t bits_a_second(double kilobits) { return static_cast<std::uint64_t>(std::llround(kilobits * 1000)); }
double kilobits(std::uint64_t bits_a_second) { return static_cast<double>(bits_a_second) / 1000; }

/// The codec as onMetaData has it: the number of the tag, or the FourCC as a number.
double codec_number(media::Codec codec) {
    const media::CodecInfo& info = media::info(codec);
    if (!is_enhanced(codec)) return info.flv_id;
    return base::ByteReader(base::as_bytes(info.fourcc)).u32().value_or(0);
}

/// What of that kind the file has.
const media::Track* carried(const media::TrackSet& tracks, media::Kind kind) noexcept {
    const media::Track* track = tracks.first(kind);
    return track != nullptr && can_carry(track->codec) ? track : nullptr;
}

void describe_video(const media::Track& track, amf0::Object& object) {
    object.set("width", static_cast<double>(track.width)).set("height", static_cast<double>(track.height));
    object.set("videocodecid", codec_number(track.codec));
    if (track.frame_rate > 0) object.set("framerate", track.frame_rate);
    if (track.announced_bitrate > 0) object.set("videodatarate", kilobits(track.announced_bitrate));
}

void describe_audio(const media::Track& track, amf0::Object& object) {
    object.set("audiocodecid", codec_number(track.codec));
    object.set("audiosamplerate", static_cast<double>(track.sample_rate));
    object.set("audiochannels", static_cast<double>(track.channels));
    object.set("stereo", track.channels >= 2);
    if (track.announced_bitrate > 0) object.set("audiodatarate", kilobits(track.announced_bitrate));
}

}  // namespace

void Metadata::apply_to(media::Track& track) const {
    const bool is_video = track.kind == media::Kind::video;
    track.announced_bitrate = is_video ? video_bitrate : audio_bitrate;
    if (!is_video) return;
    if (track.frame_rate == 0) track.frame_rate = frame_rate;
    if (track.width == 0 || track.height == 0) {
        track.width = width;
        track.height = height;
    }
}

Result<Metadata> parse_metadata(base::ByteView body) {
    amf0::Parser parser(body);
    amf0::Value name = TRY(parser.next());
    if (name.string() != nullptr && *name.string() == "@setDataFrame") name = TRY(parser.next());
    if (name.string() == nullptr || *name.string() != "onMetaData")
        return fail(ErrorKind::not_found, "the message is not onMetaData");
    const amf0::Value value = TRY(parser.next());
    const amf0::Object* object = value.object();
    if (object == nullptr) return fail(ErrorKind::malformed, "onMetaData has no properties");
    Metadata metadata;
    metadata.width = static_cast<std::uint32_t>(number(*object, "width", largest_side));
    metadata.height = static_cast<std::uint32_t>(number(*object, "height", largest_side));
    metadata.frame_rate = number(*object, "framerate", fastest);
    metadata.video_bitrate = bits_a_second(number(*object, "videodatarate", largest_bitrate));
    metadata.audio_bitrate = bits_a_second(number(*object, "audiodatarate", largest_bitrate));
    metadata.duration = number(*object, "duration", longest);
    metadata.encoder = printable(*object, "encoder");
    return metadata;
}

void write_metadata(const media::TrackSet& tracks, base::ByteWriter& out) {
    amf0::Object object;
    const media::Track* video = carried(tracks, media::Kind::video);
    const media::Track* audio = carried(tracks, media::Kind::audio);
    object.set("hasVideo", video != nullptr).set("hasAudio", audio != nullptr);
    if (video != nullptr) describe_video(*video, object);
    if (audio != nullptr) describe_audio(*audio, object);
    object.set("encoder", "Weir");
    amf0::write("onMetaData", out);
    amf0::write(amf0::EcmaArray{std::move(object)}, out);
}

}  // namespace weir::format::flv

#include "format/rtp_format.hpp"

#include "base/text_bytes.hpp"
#include "media/aac.hpp"
#include "media/g711.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/opus.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace weir::format::rtp {

using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;
using media::Kind;
using sdp::is_same_name;

namespace {

constexpr std::uint8_t first_dynamic = 95;  ///< the payload type of the track with id 1 is one more
constexpr std::uint8_t most_payload_type = 127;
constexpr std::uint32_t fastest_clock = 10'000'000;
constexpr std::uint32_t most_channels = 64;
constexpr double highest_frame_rate = 1000;

/// Payload types that RFC 3551 6 fixes, and that are served.
struct Static {
    std::uint8_t payload_type;
    Codec codec;
    std::uint32_t clock;
    std::uint32_t channels;
};
constexpr std::array<Static, 3> statics{
    {{0, Codec::pcmu, 8'000, 1}, {8, Codec::pcma, 8'000, 1}, {14, Codec::mp3, 90'000, 0}}};

/// What is refused, by encoding name, in words.
struct Refused {
    std::string_view name;
    std::string_view text;
};
constexpr std::array<Refused, 12> refused{{
    {"mp4a-latm", "AAC in LATM over RTP is not served: send it as MPEG4-GENERIC (RFC 3640)"},
    {"mp2t", "MPEG-TS over RTP is not served here: pull it as udp:// or rtp://"},
    {"jpeg", "Motion JPEG over RTP is not served: set the camera to H.264 or H.265"},
    {"mp4v-es", "MPEG-4 part 2 video over RTP is not served: set the camera to H.264 or H.265"},
    {"h263-1998", "H.263 over RTP is not served: set the camera to H.264 or H.265"},
    {"g722", "G.722 over RTP is not served: set the camera to AAC, Opus or G.711"},
    {"g726-16", "G.726 over RTP is not served: set the camera to AAC, Opus or G.711"},
    {"g726-24", "G.726 over RTP is not served: set the camera to AAC, Opus or G.711"},
    {"g726-32", "G.726 over RTP is not served: set the camera to AAC, Opus or G.711"},
    {"g726-40", "G.726 over RTP is not served: set the camera to AAC, Opus or G.711"},
    {"l16", "PCM over RTP is not served: set the camera to AAC, Opus or G.711"},
    {"vnd.onvif.metadata", "ONVIF metadata is not served"},
}};

char small(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view trimmed(std::string_view text) noexcept {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// Takes what stands before the separator off the front, and the separator.
std::string_view take_until(std::string_view& text, char separator) noexcept {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) noexcept {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The value of the attribute of this payload type: `a=rtpmap:96 VALUE`.
std::optional<std::string_view> value_for(const sdp::Media& section, std::string_view name, std::string_view type) {
    for (const sdp::Attribute& attribute : section.attributes) {
        if (!is_same_name(attribute.name, name)) continue;
        std::string_view value = attribute.value;
        if (take_until(value, ' ') == type) return trimmed(value);
    }
    return std::nullopt;
}

/// A codec may have a name and yet no place here.
Result<Codec> served(Codec codec) {
    if (const std::string_view why = refusal(codec); !why.empty()) return fail(ErrorKind::unsupported, why);
    return codec;
}

Result<Codec> codec_of(Kind kind, std::string_view name) {
    for (const media::CodecInfo& row : media::codecs())
        if (row.kind == kind && !row.rtp_name.empty() && is_same_name(row.rtp_name, name)) return served(row.codec);
    for (const Refused& row : refused)
        if (is_same_name(row.name, name)) return fail(ErrorKind::unsupported, row.text);
    return fail(ErrorKind::unsupported, "this encoding over RTP is not known");
}

/// `H264/90000`, `MPEG4-GENERIC/48000/2`.
Result<void> parse_map(Kind kind, std::string_view map, Format& format) {
    format.codec = TRY(codec_of(kind, take_until(map, '/')));
    const auto clock = number_in<std::uint32_t>(take_until(map, '/'));
    if (!clock || *clock == 0 || *clock > fastest_clock)
        return fail(ErrorKind::malformed, "the clock of an RTP encoding makes no sense");
    format.clock = *clock;
    if (kind == Kind::audio) format.channels = number_in<std::uint32_t>(trimmed(map)).value_or(1);
    if (format.channels > most_channels) return fail(ErrorKind::malformed, "an RTP encoding has too many channels");
    return {};
}

std::vector<sdp::Attribute> parse_parameters(std::string_view text) {
    std::vector<sdp::Attribute> parameters;
    while (!text.empty()) {
        std::string_view value = take_until(text, ';');
        std::string name(take_until(value, '='));
        std::ranges::transform(name, name.begin(), small);
        if (!name.empty()) parameters.push_back({std::move(name), std::string(trimmed(value))});
    }
    return parameters;
}

Result<Format> parse_payload_type(const sdp::Media& section, Kind kind, std::string_view type) {
    const auto number = number_in<std::uint8_t>(type);
    if (!number || *number > most_payload_type)
        return fail(ErrorKind::malformed, "an RTP payload type is no number up to 127");
    Format format{.payload_type = *number};
    if (const auto map = value_for(section, "rtpmap", type)) {
        TRY(parse_map(kind, *map, format));
    } else {
        const auto* const row = std::ranges::find(statics, *number, &Static::payload_type);
        if (row == statics.end() || media::info(row->codec).kind != kind)
            return fail(ErrorKind::unsupported, "an RTP payload type has no encoding that is served");
        format.codec = row->codec;
        format.clock = row->clock;
        format.channels = row->channels;
    }
    if (const auto parameters = value_for(section, "fmtp", type)) format.parameters = parse_parameters(*parameters);
    return format;
}

double parse_frame_rate(const sdp::Media& section) {
    for (const std::string_view name : {"framerate", "x-framerate"})
        if (const std::string* value = section.find(name)) {
            const double rate = number_in<double>(*value).value_or(0);
            return rate > 0 && rate <= highest_frame_rate ? rate : 0;
        }
    return 0;
}

// Describing

std::string in_base64(const std::vector<base::Bytes>& units) {
    std::string text;
    for (const base::Bytes& unit : units)
        text += fmt::format("{}{}", text.empty() ? "" : ",", base::print_base64(unit));
    return text;
}

std::string parameters_of_h264(const media::Track& track) {
    const auto config = media::h264::parse_config(track.config);
    if (!config) return {};
    return fmt::format("packetization-mode=1; profile-level-id={:02X}{:02X}{:02X}; sprop-parameter-sets={}",
                       config->profile, config->compatibility, config->level, in_base64(media::parameter_sets(track)));
}

std::string parameters_of_hevc(const media::Track& track) {
    using media::hevc::NalType;
    const auto config = media::hevc::parse_config(track.config);
    if (!config) return {};
    std::string text;
    for (const auto& [name, type] : {std::pair("vps", NalType::vps), {"sps", NalType::sps}, {"pps", NalType::pps}})
        for (const auto& array : config->arrays)
            if (array.type == type)
                text += fmt::format("{}sprop-{}={}", text.empty() ? "" : "; ", name, in_base64(array.units));
    return text;
}

std::string parameters_of_aac(const media::Track& track) {
    return fmt::format(
        "streamtype=5; profile-level-id=1; mode=AAC-hbr; config={}; sizelength=13; indexlength=3; indexdeltalength=3",
        base::print_hex(track.config));
}

std::string parameters_of_opus(const media::Track& track) { return track.channels > 1 ? "sprop-stereo=1" : ""; }

/// What the sections of a codec say, besides what is in the codec table.
struct Description {
    Codec codec;
    std::string (*parameters)(const media::Track& track);  ///< null: none
    std::uint32_t channels;                                ///< in the map; 0: those of the track
};
constexpr std::array<Description, 11> descriptions{{
    {Codec::h264, parameters_of_h264, 1},
    {Codec::hevc, parameters_of_hevc, 1},
    {Codec::av1, nullptr, 1},
    {Codec::vp9, nullptr, 1},
    {Codec::vp8, nullptr, 1},
    {Codec::aac, parameters_of_aac, 0},
    {Codec::opus, parameters_of_opus, 2},  // RFC 7587 7: whatever it has
    {Codec::mp3, nullptr, 1},
    {Codec::mp2, nullptr, 1},
    {Codec::pcma, nullptr, 0},
    {Codec::pcmu, nullptr, 0},
}};

constexpr std::array<Uncarried, 3> uncarried{{
    {Codec::ac3, "AC-3 over RTP is not served"},
    {Codec::eac3, "E-AC-3 over RTP is not served"},
    {Codec::flac, "RTP has no payload format for FLAC"},
}};

const Description* description_of(Codec codec) noexcept {
    const auto* const row = std::ranges::find(descriptions, codec, &Description::codec);
    return row == descriptions.end() ? nullptr : row;
}

const Static* static_of(const media::Track& track) noexcept {
    const bool is_mpeg = track.codec == Codec::mp2;
    for (const Static& row : statics) {
        const bool is_shape = row.clock == 90'000 || (track.sample_rate == row.clock && track.channels == row.channels);
        if ((row.codec == track.codec || (is_mpeg && row.codec == Codec::mp3)) && is_shape) return &row;
    }
    return nullptr;
}

std::string map_of(const media::Track& track) {
    const Description& row = *description_of(track.codec);
    const std::uint32_t channels = row.channels != 0 ? row.channels : track.channels;
    std::string map = fmt::format("{}/{}", media::info(track.codec).rtp_name, clock_of(track));
    if (channels > 1) map += fmt::format("/{}", channels);
    return map;
}

}  // namespace

std::string_view Format::parameter(std::string_view name) const noexcept {
    const std::string* value = sdp::find(parameters, name);
    return value == nullptr ? std::string_view() : *value;
}

Result<Format> parse_format(const sdp::Media& section) {
    const bool is_video = is_same_name(section.kind, "video");
    if (!is_video && !is_same_name(section.kind, "audio"))
        return fail(ErrorKind::unsupported, "only video and audio of a session description are served");
    if (section.formats.empty()) return fail(ErrorKind::malformed, "a media line has no payload type");
    std::optional<base::Error> error;
    for (const std::string& type : section.formats) {
        auto format = parse_payload_type(section, is_video ? Kind::video : Kind::audio, type);
        if (format) {
            format->announced_bitrate = section.bandwidth;
            format->frame_rate = parse_frame_rate(section);
            return format;
        }
        if (!error) error = format.error();
    }
    return std::unexpected(*error);
}

std::string_view refusal(Codec codec) noexcept {
    if (description_of(codec) != nullptr) return {};
    return find_refusal(uncarried, codec, "this codec is not served over RTP");
}

bool can_carry(const media::Track& track) noexcept {
    return description_of(track.codec) != nullptr && (!track.config.empty() || track.kind == Kind::video) &&
           clock_of(track) != 0;
}

std::uint32_t clock_of(const media::Track& track) noexcept {
    if (track.codec == Codec::pcma || track.codec == Codec::pcmu) return track.sample_rate;
    const std::uint32_t clock = media::info(track.codec).rtp_clock;
    return clock != 0 ? clock : track.sample_rate;
}

std::uint8_t payload_type(const media::Track& track) noexcept {
    const Static* row = static_of(track);
    return row != nullptr ? row->payload_type : static_cast<std::uint8_t>(first_dynamic + track.id);
}

sdp::Media describe(const media::Track& track) {
    const std::string type = std::to_string(payload_type(track));
    const Description& row = *description_of(track.codec);
    sdp::Media section{.kind = std::string(media::name(track.kind)), .formats = {type}};
    section.bandwidth = track.announced_bitrate;
    section.attributes.push_back({"rtpmap", fmt::format("{} {}", type, map_of(track))});
    const std::string parameters = row.parameters == nullptr ? std::string() : row.parameters(track);
    if (!parameters.empty()) section.attributes.push_back({"fmtp", fmt::format("{} {}", type, parameters)});
    section.attributes.push_back({"control", fmt::format("trackID={}", track.id)});
    return section;
}

}  // namespace weir::format::rtp

#include "format/m3u8_parser.hpp"

#include "format/m3u8_attributes.hpp"
#include "format/m3u8_values.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace weir::format::m3u8 {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// Of either kind of variant.
template <typename Inf>
Result<void> parse_resolution(std::string_view text, Inf& variant) {
    const std::size_t x = text.find('x');
    if (x == std::string_view::npos) return fail(ErrorKind::malformed, "a resolution of the playlist is none");
    variant.width = TRY(parse_small_integer(text.substr(0, x)));
    variant.height = TRY(parse_small_integer(text.substr(x + 1)));
    if (variant.width == 0 || variant.height == 0)
        return fail(ErrorKind::malformed, "a resolution of the playlist is none");
    return {};
}

/// Reads a playlist line by line into both forms; which of them it is shows in its tags.
class Parser {
  public:
    Result<void> read(std::string_view line);
    Result<Playlist> finish();

  private:
    Result<void> read_tag(std::string_view tag, std::string_view value);
    Result<void> read_media_tag(std::string_view tag, std::string_view value);
    Result<void> read_low_latency_tag(std::string_view tag, std::string_view value);
    Result<void> read_map(std::string_view attributes);
    Result<void> read_part(std::string_view attributes);
    Result<void> read_rendition(std::string_view attributes);
    Result<void> read_variant(std::string_view attributes);
    Result<void> read_iframe_variant(std::string_view attributes);
    Result<void> read_uri(std::string_view uri);

    MultivariantPlaylist multivariant_;
    MediaPlaylist media_;
    Segment segment_;                 ///< what is said of the next segment
    std::optional<Variant> variant_;  ///< what is said of the next variant
    bool has_duration_ = false;
    bool has_target_duration_ = false;
    bool has_media_tags_ = false;
};

Result<void> Parser::read(std::string_view line) {
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
        return fail(ErrorKind::malformed, "the playlist has control characters in it");
    if (line.empty() || (line.starts_with('#') && !line.starts_with("#EXT"))) return {};
    if (!line.starts_with('#')) return read_uri(line);
    const std::size_t colon = std::min(line.find(':'), line.size());
    return read_tag(line.substr(1, colon - 1), line.substr(std::min(colon + 1, line.size())));
}

Result<void> Parser::read_tag(std::string_view tag, std::string_view value) {
    if (tag == "EXT-X-VERSION") multivariant_.version = media_.version = TRY(parse_small_integer(value));
    else if (tag == "EXT-X-INDEPENDENT-SEGMENTS")
        multivariant_.independent_segments = media_.independent_segments = true;
    else if (tag == "EXT-X-MEDIA") return read_rendition(value);
    else if (tag == "EXT-X-STREAM-INF") return read_variant(value);
    else if (tag == "EXT-X-I-FRAME-STREAM-INF") return read_iframe_variant(value);
    else return read_media_tag(tag, value);
    return {};
}

Result<void> Parser::read_media_tag(std::string_view tag, std::string_view value) {
    has_media_tags_ |= tag == "EXTINF" || tag == "EXT-X-TARGETDURATION";
    if (tag == "EXT-X-TARGETDURATION") {
        media_.target_duration = TRY(parse_small_integer(value));
        has_target_duration_ = true;
    } else if (tag == "EXT-X-MEDIA-SEQUENCE") {
        media_.media_sequence = TRY(parse_integer(value));
    } else if (tag == "EXT-X-DISCONTINUITY-SEQUENCE") {
        media_.discontinuity_sequence = TRY(parse_integer(value));
    } else if (tag == "EXT-X-I-FRAMES-ONLY") {
        media_.iframes_only = true;
    } else if (tag == "EXT-X-DISCONTINUITY") {
        segment_.discontinuity = true;
    } else if (tag == "EXT-X-GAP") {
        segment_.gap = true;
    } else if (tag == "EXT-X-ENDLIST") {
        media_.ended = true;
    } else if (tag == "EXT-X-MAP") {
        return read_map(value);
    } else if (tag == "EXT-X-PROGRAM-DATE-TIME") {
        segment_.program_date_time = TRY(parse_date_time(value));
    } else if (tag == "EXTINF") {
        segment_.duration = TRY(parse_seconds(value.substr(0, value.find(','))));
        has_duration_ = true;
    } else if (tag == "EXT-X-BYTERANGE") {
        return fail(ErrorKind::unsupported, "playlists with byte ranges are not read");
    } else if (tag == "EXT-X-KEY" && value != "METHOD=NONE") {
        return fail(ErrorKind::unsupported, "encrypted playlists are not read");
    } else {
        return read_low_latency_tag(tag, value);
    }
    return {};
}

Result<void> Parser::read_low_latency_tag(std::string_view tag, std::string_view value) {
    if (tag == "EXT-X-PART") return read_part(value);
    if (tag == "EXT-X-SERVER-CONTROL") media_.server_control = TRY(parse_server_control(value));
    else if (tag == "EXT-X-PART-INF") media_.part_target = TRY(parse_part_target(value));
    else if (tag == "EXT-X-SKIP") media_.skip = TRY(parse_skip(value));
    else if (tag == "EXT-X-RENDITION-REPORT") media_.reports.push_back(TRY(parse_report(value)));
    else if (tag == "EXT-X-PRELOAD-HINT" && media_.preload_hint.empty())
        media_.preload_hint = TRY(parse_preload_hint(value));
    return {};
}

Result<void> Parser::read_part(std::string_view attributes) {
    segment_.parts.push_back(TRY(parse_part(attributes)));
    return {};
}

Result<void> Parser::read_map(std::string_view attributes) {
    AttributeReader reader(attributes);
    segment_.map.clear();
    while (const auto attribute = TRY(reader.next())) {
        if (attribute->name == "URI") segment_.map = attribute->value;
        else if (attribute->name == "BYTERANGE")
            return fail(ErrorKind::unsupported, "playlists with byte ranges are not read");
    }
    if (segment_.map.empty()) return fail(ErrorKind::malformed, "an EXT-X-MAP of the playlist has no URI");
    return {};
}

Result<void> Parser::read_rendition(std::string_view attributes) {
    Rendition rendition;
    rendition.type.clear();
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        const auto& [name, value] = *attribute;
        if (name == "TYPE") rendition.type = value;
        else if (name == "GROUP-ID") rendition.group = value;
        else if (name == "NAME") rendition.name = value;
        else if (name == "LANGUAGE") rendition.language = value;
        else if (name == "CHANNELS") rendition.channels = value;
        else if (name == "DEFAULT") rendition.is_default = value == "YES";
        else if (name == "AUTOSELECT") rendition.autoselect = value == "YES";
        else if (name == "URI") rendition.uri = value;
    }
    const auto is_token = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; };
    if (rendition.type.empty() || !std::ranges::all_of(rendition.type, is_token))
        return fail(ErrorKind::malformed, "an EXT-X-MEDIA of the playlist has no TYPE");
    multivariant_.renditions.push_back(std::move(rendition));
    return {};
}

Result<void> Parser::read_variant(std::string_view attributes) {
    constexpr double fastest = 100'000;
    Variant variant;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        const auto& [name, value] = *attribute;
        if (name == "BANDWIDTH") variant.bandwidth = TRY(parse_integer(value));
        else if (name == "AVERAGE-BANDWIDTH") variant.average_bandwidth = TRY(parse_integer(value));
        else if (name == "CODECS") variant.codecs = value;
        else if (name == "RESOLUTION") TRY(parse_resolution(value, variant));
        else if (name == "FRAME-RATE")
            variant.frame_rate = std::round(TRY(parse_seconds(value)).to_seconds() * 1000) / 1000;
        else if (name == "AUDIO") variant.audio = value;
    }
    if (variant.frame_rate > fastest) return fail(ErrorKind::malformed, "a frame rate of the playlist makes no sense");
    variant_ = std::move(variant);
    return {};
}

Result<void> Parser::read_iframe_variant(std::string_view attributes) {
    IFrameVariant variant;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        const auto& [name, value] = *attribute;
        if (name == "BANDWIDTH") variant.bandwidth = TRY(parse_integer(value));
        else if (name == "CODECS") variant.codecs = value;
        else if (name == "RESOLUTION") TRY(parse_resolution(value, variant));
        else if (name == "URI") variant.uri = value;
    }
    if (variant.uri.empty())
        return fail(ErrorKind::malformed, "an EXT-X-I-FRAME-STREAM-INF of the playlist has no URI");
    multivariant_.iframes.push_back(std::move(variant));
    return {};
}

Result<void> Parser::read_uri(std::string_view uri) {
    if (variant_) {
        variant_->uri = uri;
        multivariant_.variants.push_back(std::move(*variant_));
        variant_.reset();
        return {};
    }
    if (!has_duration_) return fail(ErrorKind::malformed, "a segment of the playlist has no EXTINF");
    segment_.uri = uri;
    media_.segments.push_back(segment_);
    std::string map = std::move(segment_.map);  // holds until the next one
    segment_ = {};
    segment_.map = std::move(map);
    has_duration_ = false;
    return {};
}

Result<Playlist> Parser::finish() {
    const bool is_multivariant =
        !multivariant_.variants.empty() || !multivariant_.renditions.empty() || !multivariant_.iframes.empty();
    if (is_multivariant && has_media_tags_)
        return fail(ErrorKind::malformed, "the playlist is both a multivariant and a media playlist");
    if (is_multivariant) return Playlist(std::move(multivariant_));
    if (!has_target_duration_) return fail(ErrorKind::malformed, "the playlist has no EXT-X-TARGETDURATION");
    if (!segment_.parts.empty()) {
        segment_.duration = {};
        media_.open = std::move(segment_);
    }
    return Playlist(std::move(media_));
}

/// Takes the next line off the front, without its end.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

Result<Playlist> parse(std::string_view text, ParserLimits limits) {
    if (text.size() > limits.bytes) return fail(ErrorKind::too_large, "the playlist is too long");
    if (take_line(text) != "#EXTM3U")
        return fail(ErrorKind::malformed, "this is no playlist: it does not start with #EXTM3U");
    Parser parser;
    while (!text.empty()) TRY(parser.read(take_line(text)));
    return parser.finish();
}

}  // namespace weir::format::m3u8

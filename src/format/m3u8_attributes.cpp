#include "format/m3u8_attributes.hpp"

#include "format/m3u8_values.hpp"

#include <optional>

namespace weir::format::m3u8 {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view yes = "YES";

}  // namespace

Result<Part> parse_part(std::string_view attributes) {
    Part part;
    bool has_duration = false;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        const auto& [name, value] = *attribute;
        if (name == "URI") part.uri = value;
        else if (name == "DURATION") {
            part.duration = TRY(parse_seconds(value));
            has_duration = true;
        } else if (name == "INDEPENDENT") part.independent = value == yes;
        else if (name == "GAP") part.gap = value == yes;
        else if (name == "BYTERANGE") return fail(ErrorKind::unsupported, "playlists with byte ranges are not read");
    }
    if (part.uri.empty() || !has_duration)
        return fail(ErrorKind::malformed, "an EXT-X-PART of the playlist has no URI, or no DURATION");
    return part;
}

Result<ServerControl> parse_server_control(std::string_view attributes) {
    ServerControl control;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        const auto& [name, value] = *attribute;
        if (name == "CAN-BLOCK-RELOAD") control.can_block_reload = value == yes;
        else if (name == "CAN-SKIP-UNTIL") control.can_skip_until = TRY(parse_seconds(value));
        else if (name == "HOLD-BACK") control.hold_back = TRY(parse_seconds(value));
        else if (name == "PART-HOLD-BACK") control.part_hold_back = TRY(parse_seconds(value));
    }
    return control;
}

Result<media::Ticks> parse_part_target(std::string_view attributes) {
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next()))
        if (attribute->name == "PART-TARGET") return parse_seconds(attribute->value);
    return fail(ErrorKind::malformed, "the EXT-X-PART-INF of the playlist has no PART-TARGET");
}

Result<Skip> parse_skip(std::string_view attributes) {
    Skip skip;
    bool has_segments = false;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        if (attribute->name == "SKIPPED-SEGMENTS") {
            skip.segments = TRY(parse_integer(attribute->value));
            has_segments = true;
        } else if (attribute->name == "RECENTLY-REMOVED-DATERANGES") {
            skip.removed_date_ranges = attribute->value;
        }
    }
    if (!has_segments) return fail(ErrorKind::malformed, "the EXT-X-SKIP of the playlist has no SKIPPED-SEGMENTS");
    return skip;
}

Result<RenditionReport> parse_report(std::string_view attributes) {
    RenditionReport report;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        const auto& [name, value] = *attribute;
        if (name == "URI") report.uri = value;
        else if (name == "LAST-MSN") report.last_sequence = TRY(parse_integer(value));
        else if (name == "LAST-PART") report.last_part = TRY(parse_integer(value));
    }
    return report;
}

Result<std::string> parse_preload_hint(std::string_view attributes) {
    std::string uri;
    bool is_part = false;
    AttributeReader reader(attributes);
    while (const auto attribute = TRY(reader.next())) {
        if (attribute->name == "TYPE") is_part = attribute->value == "PART";
        else if (attribute->name == "URI") uri = attribute->value;
        else if (attribute->name == "BYTERANGE-START")
            return fail(ErrorKind::unsupported, "playlists with byte ranges are not read");
    }
    return is_part ? uri : std::string();
}

}  // namespace weir::format::m3u8

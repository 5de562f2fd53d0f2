#include "format/m3u8.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace weir::format::m3u8 {

namespace {

using Out = std::back_insert_iterator<std::string>;

void write_head(Out out, std::uint32_t version, bool independent_segments) {
    fmt::format_to(out, "#EXTM3U\n#EXT-X-VERSION:{}\n", version);
    if (independent_segments) fmt::format_to(out, "#EXT-X-INDEPENDENT-SEGMENTS\n");
}

/// What a quoted string can hold (RFC 8216bis 4.2).
std::string quotable(std::string_view text) {
    std::string kept;
    std::ranges::copy_if(text, std::back_inserter(kept),
                         [](char c) { return c != '"' && static_cast<unsigned char>(c) >= ' '; });
    return kept;
}

/// The attributes of one tag, with commas between them.
class Attributes {
  public:
    Attributes(Out out, std::string_view tag) : out_(out) { fmt::format_to(out_, "#{}:", tag); }

    template <typename Value>
    void plain(std::string_view name, const Value& value) {
        fmt::format_to(out_, "{}{}={}", is_first_ ? "" : ",", name, value);
        is_first_ = false;
    }
    void quoted(std::string_view name, std::string_view value) { plain(name, '"' + quotable(value) + '"'); }
    void quoted_if_said(std::string_view name, std::string_view value) {
        if (!value.empty()) quoted(name, value);
    }

  private:
    Out out_;
    bool is_first_ = true;
};

/// Seconds with as many decimals as the microseconds need, three at least.
std::string decimal_seconds(media::Ticks duration) {
    const std::int64_t microseconds = duration.to(1'000'000);
    std::string text = fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
    while (text.ends_with('0') && text[text.size() - 4] != '.') text.pop_back();
    return text;
}

void write_server_control(Out out, const ServerControl& control) {
    Attributes attributes(out, "EXT-X-SERVER-CONTROL");
    const auto seconds_if_said = [&](std::string_view name, media::Ticks value) {
        if (value != media::Ticks()) attributes.plain(name, decimal_seconds(value));
    };
    if (control.can_block_reload) attributes.plain("CAN-BLOCK-RELOAD", "YES");
    seconds_if_said("CAN-SKIP-UNTIL", control.can_skip_until);
    seconds_if_said("HOLD-BACK", control.hold_back);
    seconds_if_said("PART-HOLD-BACK", control.part_hold_back);
    fmt::format_to(out, "\n");
}

void write_skip(Out out, const Skip& skip) {
    Attributes attributes(out, "EXT-X-SKIP");
    attributes.plain("SKIPPED-SEGMENTS", skip.segments);
    if (skip.removed_date_ranges) attributes.quoted("RECENTLY-REMOVED-DATERANGES", *skip.removed_date_ranges);
    fmt::format_to(out, "\n");
}

void write_part(Out out, const Part& part) {
    Attributes attributes(out, "EXT-X-PART");
    attributes.plain("DURATION", decimal_seconds(part.duration));
    attributes.quoted("URI", part.uri);
    if (part.independent) attributes.plain("INDEPENDENT", "YES");
    if (part.gap) attributes.plain("GAP", "YES");
    fmt::format_to(out, "\n");
}

void write_preload_hint(Out out, std::string_view uri) {
    Attributes attributes(out, "EXT-X-PRELOAD-HINT");
    attributes.plain("TYPE", "PART");
    attributes.quoted("URI", uri);
    fmt::format_to(out, "\n");
}

void write_report(Out out, const RenditionReport& report) {
    Attributes attributes(out, "EXT-X-RENDITION-REPORT");
    attributes.quoted("URI", report.uri);
    attributes.plain("LAST-MSN", report.last_sequence);
    if (report.last_part) attributes.plain("LAST-PART", *report.last_part);
    fmt::format_to(out, "\n");
}

/// What comes before its duration and address. EXT-X-GAP, which is not known before it is over, comes last.
void write_segment_tags(Out out, const Segment& segment, std::string_view& map) {
    if (segment.discontinuity) fmt::format_to(out, "#EXT-X-DISCONTINUITY\n");
    if (segment.map != map && !segment.map.empty()) {
        fmt::format_to(out, "#EXT-X-MAP:URI=\"{}\"\n", quotable(segment.map));
        map = segment.map;
    }
    if (segment.program_date_time) {
        const auto whole = std::chrono::floor<std::chrono::seconds>(*segment.program_date_time);
        fmt::format_to(out, "#EXT-X-PROGRAM-DATE-TIME:{:%Y-%m-%dT%H:%M:%S}.{:03}Z\n", whole,
                       (*segment.program_date_time - whole).count());
    }
    for (const Part& part : segment.parts) write_part(out, part);
    if (segment.gap) fmt::format_to(out, "#EXT-X-GAP\n");
}

void write_segment(Out out, const Segment& segment, std::string_view& map) {
    write_segment_tags(out, segment, map);
    fmt::format_to(out, "#EXTINF:{},\n{}\n", decimal_seconds(segment.duration), segment.uri);
}

std::size_t count_lines(const MediaPlaylist& playlist) {
    std::size_t lines = 4 * playlist.segments.size() + playlist.reports.size();
    for (const Segment& segment : playlist.segments) lines += segment.parts.size();
    return lines + (playlist.open ? playlist.open->parts.size() : 0);
}

void write_rendition(Out out, const Rendition& rendition) {
    Attributes attributes(out, "EXT-X-MEDIA");
    attributes.plain("TYPE", rendition.type);
    attributes.quoted("GROUP-ID", rendition.group);
    attributes.quoted("NAME", rendition.name);
    attributes.quoted_if_said("LANGUAGE", rendition.language);
    attributes.plain("DEFAULT", rendition.is_default ? "YES" : "NO");
    attributes.plain("AUTOSELECT", rendition.autoselect ? "YES" : "NO");
    attributes.quoted_if_said("CHANNELS", rendition.channels);
    attributes.quoted_if_said("URI", rendition.uri);
    fmt::format_to(out, "\n");
}

void write_variant(Out out, const Variant& variant) {
    Attributes attributes(out, "EXT-X-STREAM-INF");
    attributes.plain("BANDWIDTH", variant.bandwidth);
    if (variant.average_bandwidth != 0) attributes.plain("AVERAGE-BANDWIDTH", variant.average_bandwidth);
    attributes.quoted_if_said("CODECS", variant.codecs);
    if (variant.width != 0 && variant.height != 0)
        attributes.plain("RESOLUTION", fmt::format("{}x{}", variant.width, variant.height));
    if (variant.frame_rate > 0) attributes.plain("FRAME-RATE", fmt::format("{:.3f}", variant.frame_rate));
    attributes.quoted_if_said("AUDIO", variant.audio);
    fmt::format_to(out, "\n{}\n", variant.uri);
}

void write_iframe_variant(Out out, const IFrameVariant& variant) {
    Attributes attributes(out, "EXT-X-I-FRAME-STREAM-INF");
    attributes.plain("BANDWIDTH", variant.bandwidth);
    attributes.quoted_if_said("CODECS", variant.codecs);
    if (variant.width != 0 && variant.height != 0)
        attributes.plain("RESOLUTION", fmt::format("{}x{}", variant.width, variant.height));
    attributes.quoted("URI", variant.uri);
    fmt::format_to(out, "\n");
}

}  // namespace

std::string write(const MediaPlaylist& playlist) {
    std::string text;
    text.reserve(512 + count_lines(playlist) * 80);
    const Out out(text);
    write_head(out, playlist.version, playlist.independent_segments);
    fmt::format_to(out, "#EXT-X-TARGETDURATION:{}\n", playlist.target_duration);
    if (playlist.iframes_only) fmt::format_to(out, "#EXT-X-I-FRAMES-ONLY\n");
    if (playlist.server_control) write_server_control(out, *playlist.server_control);
    if (playlist.part_target != media::Ticks())
        fmt::format_to(out, "#EXT-X-PART-INF:PART-TARGET={}\n", decimal_seconds(playlist.part_target));
    fmt::format_to(out, "#EXT-X-MEDIA-SEQUENCE:{}\n", playlist.media_sequence);
    if (playlist.discontinuity_sequence != 0)
        fmt::format_to(out, "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n", playlist.discontinuity_sequence);
    if (playlist.skip) write_skip(out, *playlist.skip);
    std::string_view map;
    for (const Segment& segment : playlist.segments) write_segment(out, segment, map);
    if (playlist.open) write_segment_tags(out, *playlist.open, map);
    if (!playlist.preload_hint.empty()) write_preload_hint(out, playlist.preload_hint);
    for (const RenditionReport& report : playlist.reports) write_report(out, report);
    if (playlist.ended) fmt::format_to(out, "#EXT-X-ENDLIST\n");
    return text;
}

std::string write(const MultivariantPlaylist& playlist) {
    std::string text;
    const Out out(text);
    write_head(out, playlist.version, playlist.independent_segments);
    for (const Rendition& rendition : playlist.renditions) write_rendition(out, rendition);
    // Before the variants: Chromium cannot parse a playlist that has them behind.
    for (const IFrameVariant& variant : playlist.iframes) write_iframe_variant(out, variant);
    for (const Variant& variant : playlist.variants) write_variant(out, variant);
    return text;
}

}  // namespace weir::format::m3u8

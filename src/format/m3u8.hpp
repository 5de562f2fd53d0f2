// HLS playlists (RFC 8216bis) as structs, and how they are written; m3u8_parser.hpp reads them. For every playlist that was
// parsed, `parse(write(playlist)) == playlist`. Texts are written into quoted strings without what those cannot hold.
#pragma once

#include "base/clock.hpp"
#include "media/ticks.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::format::m3u8 {

/// Milliseconds since 1970, UTC: what EXT-X-PROGRAM-DATE-TIME says.
using DateTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// EXT-X-PART.
struct Part {
    std::string uri;
    media::Ticks duration;     ///< in whole microseconds
    bool independent = false;  ///< a keyframe is in it
    bool gap = false;
    friend bool operator==(const Part&, const Part&) = default;
};

struct Segment {
    std::string uri;
    media::Ticks duration;       ///< EXTINF, in whole microseconds
    bool discontinuity = false;  ///< EXT-X-DISCONTINUITY before it
    bool gap = false;
    std::string map;  ///< EXT-X-MAP in force for it; empty: none
    std::optional<DateTime> program_date_time;
    std::vector<Part> parts;  ///< before its address; not of an old one
    friend bool operator==(const Segment&, const Segment&) = default;
};

/// EXT-X-SERVER-CONTROL. Durations of zero are unsaid.
struct ServerControl {
    bool can_block_reload = false;
    media::Ticks can_skip_until;
    media::Ticks hold_back;
    media::Ticks part_hold_back;
    friend bool operator==(const ServerControl&, const ServerControl&) = default;
};

/// EXT-X-SKIP: what a delta update leaves out of its beginning.
struct Skip {
    std::uint64_t segments = 0;
    /// There where date ranges may be left out too.
    std::optional<std::string> removed_date_ranges;
    friend bool operator==(const Skip&, const Skip&) = default;
};

/// EXT-X-RENDITION-REPORT.
struct RenditionReport {
    std::string uri;
    std::uint64_t last_sequence = 0;
    std::optional<std::uint64_t> last_part;  ///< none: it has no parts
    friend bool operator==(const RenditionReport&, const RenditionReport&) = default;
};

struct MediaPlaylist {
    std::uint32_t version = 1;
    bool independent_segments = false;
    bool iframes_only = false;          ///< EXT-X-I-FRAMES-ONLY
    std::uint32_t target_duration = 0;  ///< seconds
    std::optional<ServerControl> server_control;
    media::Ticks part_target;  ///< EXT-X-PART-INF; zero: no parts
    std::uint64_t media_sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    std::optional<Skip> skip;  ///< of as many segments, counted from `media_sequence`
    std::vector<Segment> segments;
    std::optional<Segment> open;  ///< the parts of the next one, which has neither address nor duration yet
    std::string preload_hint;     ///< of the part after those; empty: none
    std::vector<RenditionReport> reports;
    bool ended = false;  ///< EXT-X-ENDLIST
    friend bool operator==(const MediaPlaylist&, const MediaPlaylist&) = default;
};

/// EXT-X-MEDIA.
struct Rendition {
    std::string type = "AUDIO";
    std::string group;
    std::string name;
    std::string language;  ///< BCP 47; empty: unsaid
    std::string channels;  ///< empty: unsaid
    bool is_default = false;
    bool autoselect = false;
    std::string uri;  ///< empty: inside of the variant itself
    friend bool operator==(const Rendition&, const Rendition&) = default;
};

/// EXT-X-STREAM-INF.
struct Variant {
    std::string uri;
    std::uint64_t bandwidth = 0;          ///< bits a second
    std::uint64_t average_bandwidth = 0;  ///< 0: unsaid
    std::string codecs;                   ///< empty: unsaid
    std::uint32_t width = 0;              ///< 0: unsaid
    std::uint32_t height = 0;
    double frame_rate = 0;  ///< three decimals; 0: unsaid
    std::string audio;      ///< a group; empty: none
    friend bool operator==(const Variant&, const Variant&) = default;
};

/// EXT-X-I-FRAME-STREAM-INF.
struct IFrameVariant {
    std::string uri;
    std::uint64_t bandwidth = 0;  ///< bits a second
    std::string codecs;           ///< empty: unsaid
    std::uint32_t width = 0;      ///< 0: unsaid
    std::uint32_t height = 0;
    friend bool operator==(const IFrameVariant&, const IFrameVariant&) = default;
};

struct MultivariantPlaylist {
    std::uint32_t version = 1;
    bool independent_segments = false;
    std::vector<Rendition> renditions;
    std::vector<Variant> variants;
    std::vector<IFrameVariant> iframes = {};
    friend bool operator==(const MultivariantPlaylist&, const MultivariantPlaylist&) = default;
};

[[nodiscard]] std::string write(const MediaPlaylist& playlist);
[[nodiscard]] std::string write(const MultivariantPlaylist& playlist);

}  // namespace weir::format::m3u8

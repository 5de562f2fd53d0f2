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

struct Segment {
    std::string uri;
    media::Ticks duration;       ///< EXTINF, in whole microseconds
    bool discontinuity = false;  ///< EXT-X-DISCONTINUITY before it
    bool gap = false;
    std::string map;  ///< EXT-X-MAP in force for it; empty: none
    std::optional<DateTime> program_date_time;
    friend bool operator==(const Segment&, const Segment&) = default;
};

struct MediaPlaylist {
    std::uint32_t version = 1;
    bool independent_segments = false;
    std::uint32_t target_duration = 0;  ///< seconds
    std::uint64_t media_sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    std::vector<Segment> segments;
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

struct MultivariantPlaylist {
    std::uint32_t version = 1;
    bool independent_segments = false;
    std::vector<Rendition> renditions;
    std::vector<Variant> variants;
    friend bool operator==(const MultivariantPlaylist&, const MultivariantPlaylist&) = default;
};

[[nodiscard]] std::string write(const MediaPlaylist& playlist);
[[nodiscard]] std::string write(const MultivariantPlaylist& playlist);

}  // namespace weir::format::m3u8

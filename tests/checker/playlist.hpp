// A media playlist as an exact client reads it. What the text alone breaks is found while it is read and by `check_alone`.
#pragma once

#include "checker/lines.hpp"
#include "checker/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::checker {

struct Part {
    std::string uri;
    Time duration{};
    bool independent = false;
    bool gap = false;
    friend bool operator==(const Part&, const Part&) = default;
};

struct Segment {
    std::uint64_t sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    std::string uri;  ///< empty: only parts of it are there
    Time duration{};  ///< EXTINF
    bool discontinuity = false;
    bool gap = false;
    std::string map;  ///< the one in force
    std::optional<base::WallTime> date;
    std::vector<Part> parts;

    [[nodiscard]] bool is_complete() const noexcept { return !uri.empty(); }
    /// EXTINF, or what the parts that are there last.
    [[nodiscard]] Time length() const noexcept;
    /// The first segment of a source; of the stream's first by its address, once it is whole.
    [[nodiscard]] bool begins_source() const;
    friend bool operator==(const Segment&, const Segment&) = default;
};

/// EXT-X-SERVER-CONTROL.
struct Control {
    std::optional<Time> can_skip_until;
    std::optional<Time> hold_back;
    std::optional<Time> part_hold_back;
    bool can_block_reload = false;
    friend bool operator==(const Control&, const Control&) = default;
};

/// EXT-X-RENDITION-REPORT.
struct Report {
    std::string uri;
    std::optional<std::uint64_t> sequence;
    std::optional<std::uint64_t> part;
    friend bool operator==(const Report&, const Report&) = default;
};

/// EXT-X-PRELOAD-HINT.
struct Hint {
    std::string type;
    std::string uri;
    friend bool operator==(const Hint&, const Hint&) = default;
};

/// How far a playlist goes: its last part, or its last segment where there are no parts.
struct Position {
    std::uint64_t sequence = 0;
    std::optional<std::uint64_t> part;
    friend auto operator<=>(const Position&, const Position&) = default;
};

struct Playlist {
    std::uint64_t version = 1;
    bool independent_segments = false;
    Time target{};
    std::uint64_t sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    std::optional<Time> part_target;
    std::optional<Control> control;
    std::optional<std::uint64_t> skipped;  ///< it is a delta update
    std::vector<Segment> segments;         ///< the last one may be open
    std::vector<Hint> hints;
    std::vector<Report> reports;
    bool ended = false;

    [[nodiscard]] std::optional<Position> last() const noexcept;
    /// To the end of the last part.
    [[nodiscard]] Time length() const noexcept;
    /// That of its Media Segments; parts of one that is not whole do not count.
    [[nodiscard]] Time duration() const noexcept;
    /// The number of the next segment that will be complete.
    [[nodiscard]] std::uint64_t next_complete() const noexcept;
    [[nodiscard]] const Segment* find(std::uint64_t number) const noexcept;
    friend bool operator==(const Playlist&, const Playlist&) = default;
};

[[nodiscard]] Playlist read_playlist(std::string_view text, Findings& findings);

/// What one full version must keep.
void check_alone(const Playlist& playlist, base::WallTime had, Findings& findings);

}  // namespace weir::checker

// The bytes of one rendition as a client has them in order: headers, parts as they are added, segments when they are whole. Each is
// fetched once, when it is listed, and held to what the playlist says of it.
#pragma once

#include "checker/media.hpp"
#include "checker/playlist.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::checker {

/// What is at an address (below that of the multivariant playlist); nothing where there is none.
using Fetch = std::function<std::optional<std::string>(const std::string& address)>;

/// What a segment follows: nothing that was read, a gap, or media.
enum class Before : std::uint8_t { nothing, gap, media };

/// What is known of a segment once it has been read.
struct Fact {
    std::uint64_t sequence = 0;
    bool gap = false;
    bool discontinuity = false;
    bool begins_source = false;
    Before before = Before::nothing;
    double shown = 0;    ///< seconds on the stream's own time line: its earliest presentation
    double decoded = 0;  ///< seconds: its first frame; behind a pause it is shown later
    double frame = 0;    ///< seconds: how long one lasts; where more, the last one of the segment before
    double put_off = 0;  ///< seconds: by so much its first frame lasts longer than one, up to where the next is due
    bool starts_in_sync = false;
    std::optional<base::WallTime> date;
    Time length{};
    std::size_t size = 0;
};

class Tape {
  public:
    explicit Tape(std::string address) : address_(std::move(address)) {}

    /// Reads what is new in `playlist`. Nothing is expected to continue what came before a restart.
    void follow(const Playlist& playlist, const Fetch& fetch, Findings& findings);
    void restart() noexcept { is_read_ = false; }
    /// Of the segments that are whole by now, once each.
    [[nodiscard]] std::vector<Fact> take_facts() { return std::exchange(facts_, {}); }
    /// Of the newest one; null before the first.
    [[nodiscard]] const Header* header() const noexcept { return header_; }

  private:
    void begin(const Segment& segment, const Fetch& fetch, Findings& findings);
    void read_part(const Segment& segment, const Part& part, const Fetch& fetch, Findings& findings);
    void finish(const Segment& segment, const Fetch& fetch, Findings& findings);
    [[nodiscard]] std::int64_t read(const std::string& bytes, const std::string& what, Findings& findings);
    void check_length(std::int64_t units, Time said, const std::string& what, Findings& findings) const;

    std::string address_;
    std::map<std::string, Header> headers_;
    const Header* header_ = nullptr;
    std::string map_;

    bool is_read_ = false;       ///< there is a segment before the one that is read
    std::uint64_t number_ = 0;   ///< of the segment that is read
    bool has_broken_ = false;    ///< since the last media there was a discontinuity
    bool has_begun_ = false;     ///< it has
    std::size_t parts_ = 0;      ///< of it that were read
    std::string bytes_;          ///< of those
    std::vector<Chunk> chunks_;  ///< of the segment so far
    std::int64_t units_ = 0;     ///< what those last
    std::optional<std::int64_t> next_decode_;
    std::int64_t last_frame_ = 0;      ///< how long the one before that lasts
    Before before_ = Before::nothing;  ///< the segment that is read
    std::int64_t frame_before_ = 0;    ///< the last one before the segment; 0: nothing was
    std::vector<Fact> facts_;
};

}  // namespace weir::checker

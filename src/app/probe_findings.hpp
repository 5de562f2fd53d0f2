// What is found out of a stream while its tracks and samples pass by: rates, the cadence of keyframes, and what is wrong with the times of each
// track apart. One owner, one thread; no I/O, no clock.
#pragma once

#include "base/clock.hpp"
#include "format/mpegts_events.hpp"
#include "media/track.hpp"
#include "stream/intake.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// A spread of durations.
struct Spread {
    std::uint64_t count = 0;
    media::Ticks least;
    media::Ticks most;
    media::Ticks sum;

    void add(media::Ticks value) noexcept;
    [[nodiscard]] media::Ticks mean() const noexcept {
        return count == 0 ? media::Ticks() : sum / static_cast<std::int64_t>(count);
    }
};

struct TrackReport {
    media::Track track;
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    media::Ticks duration;               ///< from its first sample to the end of its last
    std::uint64_t most_in_a_second = 0;  ///< bytes
    std::uint64_t keyframes = 0;         ///< of video
    Spread groups;                       ///< from keyframe to keyframe
    media::Ticks last_group;             ///< since the newest keyframe
    Spread steps;                        ///< from frame to frame
    media::Ticks reorder;                ///< the longest that a picture waits for its turn
    std::uint64_t changes = 0;           ///< of parameters, after the first
    std::uint64_t out_of_order = 0;      ///< frames whose time is not after the one before
    stream::TimestampFaults faults;
    std::vector<std::string> remarks;  ///< the first faults, in words

    [[nodiscard]] std::uint64_t bitrate() const noexcept;
    /// Frames a second, as they came.
    [[nodiscard]] double frame_rate() const noexcept;
};

struct ProbeReport {
    std::string source;     ///< the address or the path
    std::string container;  ///< "FLV", "MPEG-TS", ...
    std::uint64_t bytes = 0;
    media::Ticks duration;            ///< of the longest track
    std::vector<TrackReport> tracks;  ///< by id
    /// How much later the sound begins than the picture, and how much more so the two are apart at the end; where there are both.
    std::optional<media::Ticks> sound_after_picture;
    media::Ticks apart;  ///< the furthest that sound and picture are from each other in the order of arrival
    std::vector<std::string> refusals;                ///< what is there and is not served
    std::optional<format::mpegts::Faults> transport;  ///< of a transport stream
    std::size_t programs = 0;                         ///< of a transport stream
    bool is_live = false;
    base::Duration longest_silence{};  ///< of a live stream: nothing came for so long
    std::string ended;                 ///< why it could not be read to its end; empty where it was
};

class ProbeFindings {
  public:
    void announce(const media::Track& track, stream::WireClock clock);
    void receive(stream::Sample sample);
    void refuse(std::string_view text);
    void set_container(std::string_view name) { container_ = name; }
    void set_transport(const format::mpegts::Faults& faults, std::size_t programs);

    /// How much has been seen, of the longest track.
    [[nodiscard]] media::Ticks duration() const noexcept;
    [[nodiscard]] bool is_empty() const noexcept { return lines_.empty(); }
    [[nodiscard]] ProbeReport report() const;

  private:
    /// One track: its times are mended by an intake of its own, so that one does not answer for the other.
    struct Line {
        stream::WireClock clock;
        std::unique_ptr<stream::Intake> intake;
        TrackReport report;
        std::optional<media::Ticks> first;
        media::Ticks newest;
        std::optional<media::Ticks> newest_keyframe;
        std::map<std::int64_t, std::uint64_t> seconds;  ///< bytes by second; the newest few
        std::optional<std::uint64_t> raw_first;         ///< wire times
        std::uint64_t raw_newest = 0;
    };

    void take(Line& line, const media::Packet& packet);
    void watch_interleaving(const Line& line);
    [[nodiscard]] const Line* first_of(media::Kind kind) const noexcept;

    std::map<std::uint32_t, Line> lines_;
    std::vector<std::string> refusals_;
    std::string container_;
    std::optional<format::mpegts::Faults> transport_;
    std::size_t programs_ = 0;
    media::Ticks apart_;
};

}  // namespace weir::app

// From the clocks of a wire to the time of a publication: unwrapped, and continuous where the source jumped. Times of tracks
// that share a clock stay in step through a jump: the track that jumps first sets a new anchor, and the others follow to it
// when they jump themselves. A track that jumps alone is anchored alone. Publication time is never negative, and the first
// sample of a publication is at `origin`.
#pragma once

#include <cstdint>
#include <vector>

#include "media/ticks.hpp"

namespace weir::stream {

/// How a protocol counts time on a track: `RTMP: {1000, 32}`, `RTP video: {90000, 32}`. Tracks whose clocks are equal share
/// one origin.
struct WireClock {
    std::int64_t timescale = 1000;
    unsigned bits = 32;  ///< it wraps at 2^bits; at most 48
    friend bool operator==(const WireClock&, const WireClock&) = default;
};

class WireTime {
  public:
    static constexpr media::Ticks origin = media::Ticks::milliseconds(1000);
    /// A gap up to this long is kept: nothing came because there was nothing.
    static constexpr media::Ticks longest_gap = media::Ticks::milliseconds(3000);
    /// Timestamps that go back by no more are out of order; beyond, the source's clock jumped.
    static constexpr media::Ticks disorder = media::Ticks::milliseconds(250);

    enum class Fault : std::uint8_t { none, gap, backward };
    struct Reading {
        media::Ticks time;
        Fault fault = Fault::none;
        bool moved = false;    ///< the track was anchored anew, by its own jump or following another's
        bool wrapped = false;  ///< the wire's clock began its next turn
        media::Ticks jump;     ///< how far the source's clock was off
    };

    /// `frame` is how long the track's frames are known to last; zero where they are not.
    [[nodiscard]] Reading read(std::uint32_t track, WireClock clock, std::uint64_t wire_time, media::Ticks frame);

  private:
    /// Where the source's clock and the publication's meet.
    struct Anchor {
        std::uint64_t id = 0;
        WireClock clock;
        std::int64_t units = 0;
        media::Ticks time;
    };
    struct Line {
        std::uint32_t track = 0;
        WireClock clock;
        std::int64_t units = 0;  ///< of the newest sample, unwrapped
        Anchor anchor;
        std::uint64_t passed_over = 0;  ///< the anchor of another track that this one did not follow
        media::Ticks last;
        media::Ticks frame;
        bool started = false;
    };

    [[nodiscard]] std::int64_t unwrap(const Line& line, std::uint64_t wire_time) const noexcept;
    [[nodiscard]] static media::Ticks time_at(const Anchor& anchor, std::int64_t units) noexcept;
    [[nodiscard]] Reading begin(Line& line);
    [[nodiscard]] Reading go_on(Line& line);
    [[nodiscard]] bool follow(Line& line, media::Ticks expected);
    void anchor_anew(Line& line, media::Ticks time);
    [[nodiscard]] bool starts_turn(const Line& line) noexcept;
    Line& line_of(std::uint32_t track, WireClock clock);

    std::vector<Line> lines_;
    Anchor newest_;
    media::Ticks front_;  ///< the end of everything read
    std::int64_t turns_ = 0;
};

}  // namespace weir::stream

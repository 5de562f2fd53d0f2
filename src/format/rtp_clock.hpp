// One clock for all media of an RTP session. Each medium's timestamps begin anywhere and count in units of their own (RFC 3550 5.1); what
// relates them are sender reports, which say the time of a timestamp (6.4.1). Until these come, a medium begins when its first packet
// does, or where the session says that it begins (RTP-Info of RTSP).
//
// The clock itself is that of the leading medium (sound, where there is some), so that sound is never moved. The others are moved to where the
// reports want them: at once before their first frame, later so slowly that nobody sees it. A leader whose first packet comes behind pictures
// (it has half a second of sound in it, often) begins where the reports put it beside them. Reports that disagree by more than seconds
// are of a source that knows no better, and are not believed. Sans-IO.
#pragma once

#include "base/clock.hpp"
#include "format/rtcp.hpp"
#include "format/rtp.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::format::rtp {

class SessionClock {
  public:
    /// Reports that want a medium moved by more are not believed.
    static constexpr media::Ticks most_disagreement = media::Ticks::milliseconds(10'000);
    /// A medium that is where it should be, give or take this, is left there.
    static constexpr media::Ticks agreement = media::Ticks::milliseconds(5);
    /// A medium is moved by this part of the time that passes.
    static constexpr std::int64_t slowness = 16;

    /// One more medium, before its first packet. `clock`: units of its timestamps a second. `leads`: unless another does already.
    void add(std::uint32_t clock, bool leads);
    /// The timestamps that this was called with are of one moment.
    void begin_at(std::size_t medium, std::uint32_t timestamp) noexcept;
    /// The first packet of a medium, or of another source in its place.
    void begin(std::size_t medium, std::uint32_t timestamp, base::Instant now) noexcept;
    /// A sender report; before the first packet it is kept for that.
    void report(std::size_t medium, rtcp::NtpTime time, std::uint32_t timestamp) noexcept;
    /// When the frame is presented. In order of arrival; a medium that has begun.
    [[nodiscard]] media::Ticks time(std::size_t medium, std::uint32_t timestamp) noexcept;

    /// The reports of a medium are such that they cannot be believed.
    [[nodiscard]] bool disagrees(std::size_t medium) const noexcept { return lines_[medium].disagrees; }

  private:
    /// A timestamp and what time the source says it is of.
    struct Report {
        rtcp::NtpTime time;
        media::Ticks stamp;
    };
    struct Line {
        std::uint32_t clock = 90'000;
        Unwrapper<std::uint32_t> stamps;
        media::Ticks offset;  ///< from the medium's own time to the session's
        media::Ticks target;  ///< where `offset` moves to
        std::optional<media::Ticks> newest;
        std::optional<std::uint32_t> begins_at;  ///< by `begin_at`
        std::optional<Report> report;
        std::optional<std::pair<rtcp::NtpTime, std::uint32_t>> early;  ///< a report before the first packet
        bool begun = false;
        bool disagrees = false;
    };

    [[nodiscard]] media::Ticks stamp(Line& line, std::uint32_t timestamp) noexcept;
    void place(Line& line, std::uint32_t timestamp, base::Instant now) noexcept;
    void begin_beside_the_others(Line& leader) noexcept;
    void settle(Line& line) noexcept;
    [[nodiscard]] static media::Ticks wanted_beside(const Line& other, const Line& line) noexcept;
    void move(Line& line, media::Ticks passed) noexcept;

    std::vector<Line> lines_;
    std::optional<std::size_t> leader_;
    std::optional<base::Instant> began_;
    std::optional<media::Ticks> begin_;  ///< of the medium that began first by `begin_at`: the moment of it
};

}  // namespace weir::format::rtp

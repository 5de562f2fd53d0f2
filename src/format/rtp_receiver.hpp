// The receiving end of an RTP session: datagrams of several media in, their tracks and access units out, in order and on one clock.
// Joins what the other units of RTP do for each medium: jitter buffer, depacketizer, reception reports; and maps the timestamps of all
// media onto one clock, by sender reports as soon as there are some (rtp_clock.hpp). Sans-IO, with the five verbs of a machine.
//
// Nothing fails here: what is malformed is counted and passed over, as datagrams are anybody's.
#pragma once

#include "base/byte_writer.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "format/rtcp.hpp"
#include "format/rtp.hpp"
#include "format/rtp_clock.hpp"
#include "format/rtp_depacketizer.hpp"
#include "format/rtp_format.hpp"
#include "format/rtp_jitter.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::format::rtp {

/// One access unit. Its time is on the receiver's clock, which is common to all its tracks; it counts from about when the receiver began.
/// For `stream::Intake` that clock is {.timescale = media::Ticks::per_second, .bits = 48}.
struct Sample {
    std::uint32_t track = 0;  ///< `Track::id`
    media::Ticks dts;
    media::Ticks composition_offset;  ///< pts - dts
    bool keyframe = false;
    base::Bytes payload;
};

/// The source said goodbye to a medium (RTCP BYE).
struct Left {
    std::uint32_t track = 0;
};

/// What became of one medium's packets.
struct ReceptionCounts {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;      ///< of datagrams
    std::uint64_t malformed = 0;  ///< datagrams that are none, or of another payload type, source or time
    std::uint64_t samples = 0;
    JitterCounts jitter;
    DepacketizerCounts frames;
    base::Duration interarrival_jitter{};  ///< RFC 3550 A.8

    void fields(this auto& self, auto&& visit) {
        visit("packets", self.packets);
        visit("bytes", self.bytes);
        visit("malformed", self.malformed);
        visit("samples", self.samples);
        self.jitter.fields(visit);
        self.frames.fields(visit);
    }
};

class Receiver {
  public:
    /// What carries the packets: over one that keeps their order nothing waits for an earlier one.
    enum class Transport : std::uint8_t { ordered, unordered };
    struct Limits {
        JitterLimits jitter;
        DepacketizerLimits frames;
    };
    using Event = std::variant<media::Track, Sample, Left>;

    /// `ssrc` is what its reports are signed with; anything random.
    Receiver(Transport transport, std::uint32_t ssrc, const Limits& limits);
    ~Receiver();
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    /// One more medium, whose track will have the id `track`; before its first packet. Its number is how many there were before. The track
    /// comes out right before its first access unit, and again when it changes: what is described and never sent is no track.
    [[nodiscard]] base::Result<void> add(const Format& format, std::uint32_t track);
    /// RTP-Info of RTSP, and what is like it: these timestamps are of one moment. Counts until there are sender reports.
    void begin_at(std::size_t medium, std::uint32_t timestamp);

    /// A datagram of RTP, or of RTCP on the port of RTP.
    void receive(std::size_t medium, const base::Bytes& datagram, base::Now now);
    /// A datagram of RTCP.
    void receive_control(std::size_t medium, base::ByteView datagram, base::Now now);
    void tick(base::Now now);
    [[nodiscard]] std::optional<Event> next_event();
    /// When `tick` is wanted.
    [[nodiscard]] base::Instant deadline() const noexcept;

    /// Appends a compound packet with a receiver report of the medium; nothing before its first packet. Every five seconds or so.
    void write_report(std::size_t medium, std::string_view cname, base::Now now, base::ByteWriter& out);

    [[nodiscard]] std::size_t media() const noexcept { return lines_.size(); }
    [[nodiscard]] ReceptionCounts counts(std::size_t medium) const;
    /// The newest trouble in words for the journal, then forgotten; empty where there is none.
    [[nodiscard]] std::string_view take_trouble() noexcept;

  private:
    struct Line;

    void take(std::size_t medium, Packet packet, base::Now now);
    void take_leave(std::size_t medium, const rtcp::Goodbye& goodbye);
    void drain(std::size_t medium);
    void hand_on(std::size_t medium, media::Track& track);
    void hand_on(std::size_t medium, Unit& unit);

    Transport transport_;
    std::uint32_t ssrc_;
    const Limits limits_;
    std::vector<std::unique_ptr<Line>> lines_;
    SessionClock clock_;
    std::deque<Event> events_;
    std::string_view trouble_;
};

}  // namespace weir::format::rtp

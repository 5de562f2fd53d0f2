// One publication's media on its way in: announcements and samples as the wire gave them, packets on a clean time line out.
// Sources lie about time; it is mended here, once, and counted (see "Time at ingest" in docs/architecture.md): audio runs on its own grid, video jitter is snapped
// to a constant rate where there is one, 32-bit clocks are unwrapped, jumps and gaps are closed. The first TrackSet is complete when both
// kinds have announced themselves or a second has passed. Sans-IO; lives on the publisher's shard; every protocol uses it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "stream/entry.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::stream {

/// How a protocol counts time on a track: `RTMP: {1000, 32}`, `RTP video: {90000, 32}`.
struct WireClock {
    std::int64_t timescale = 1000;
    unsigned bits = 32;  ///< it wraps at 2^bits
};

/// One access unit as it came.
struct Sample {
    std::uint32_t track = 0;
    std::uint64_t wire_time = 0;      ///< dts in units of the track's `WireClock`, wrapped
    media::Ticks composition_offset;  ///< pts - dts
    bool keyframe = false;
    base::Bytes payload;
};

/// Timestamp faults, counted since the publication began; names as in the API's `timestamp_faults`.
struct TimestampFaults {
    std::uint64_t gap = 0;       ///< forward jump, closed
    std::uint64_t backward = 0;  ///< backward jump, re-anchored
    std::uint64_t wrap = 0;      ///< the wire's clock wrapped, unwrapped
    std::uint64_t drift = 0;     ///< audio grid resynchronised to the wire
    std::uint64_t fast = 0;      ///< faster than real time, slowed by back-pressure

    template <typename Visitor>
    void fields(Visitor&& visit) const {
        visit("gap", gap);
        visit("backward", backward);
        visit("wrap", wrap);
        visit("drift", drift);
        visit("fast", fast);
    }
    TimestampFaults& operator+=(const TimestampFaults& other) noexcept {
        gap += other.gap;
        backward += other.backward;
        wrap += other.wrap;
        drift += other.drift;
        fast += other.fast;
        return *this;
    }
    friend bool operator==(const TimestampFaults&, const TimestampFaults&) = default;
};

class Intake {
  public:
    struct Limits {
        base::Duration first_track_set = std::chrono::seconds(1);
        base::Duration lead = std::chrono::seconds(2);  ///< how far ahead of real time a source may be
        std::size_t waiting_bytes = 8U << 20;           ///< held while the first TrackSet is incomplete
    };

    explicit Intake(Limits limits) : limits_(limits) {}

    /// A sequence header: a new track, or new parameters of a known one.
    void announce(media::Track track, WireClock clock, base::Instant now);
    /// Samples of a track that never announced itself are refused.
    [[nodiscard]] base::Result<void> receive(Sample sample, base::Instant now);
    /// Completes the first TrackSet when its time has come.
    void tick(base::Instant now);
    /// What is ready, in decode order of arrival; may be empty.
    [[nodiscard]] std::vector<Item> take();

    /// How long the driver should stop reading: zero, unless the source is ahead of real time by more than the limit.
    [[nodiscard]] base::Duration pause(base::Instant now);
    [[nodiscard]] const TimestampFaults& faults() const noexcept;
    /// The newest faults in words for the journal ("audio ran 52 ms away from its sample count; resynchronised"), then forgotten.
    [[nodiscard]] std::vector<std::string> take_remarks();

  private:
    Limits limits_;
};

}  // namespace weir::stream

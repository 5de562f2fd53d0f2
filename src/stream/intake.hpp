// One publication's media on its way in: announcements and samples as the wire gave them, packets on a clean time line out.
// Sources lie about time; it is mended here, once, and counted (see "Time at ingest" in docs/architecture.md): clocks are
// unwrapped, jumps and gaps are closed (wire_time.hpp), audio runs on its own grid (audio_grid.hpp), video jitter is snapped to a
// constant rate where there is one (frame_grid.hpp). The first TrackSet is complete when both kinds have announced themselves or a
// second has passed; nothing else waits. Sans-IO; lives on the publisher's shard; every protocol uses it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "stream/audio_grid.hpp"
#include "stream/entry.hpp"
#include "stream/frame_grid.hpp"
#include "stream/wire_time.hpp"

namespace weir::stream {

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
        base::ByteCount waiting_bytes{8U << 20};
        std::uint32_t tracks = 8;

        void fields(this auto& self, auto&& visit) {
            visit("first_track_set", self.first_track_set,
                  base::Limit{.what = "how long the first packets wait for the other kind of track",
                              .at_limit = "the stream starts without it",
                              .metric = "weir_input_bytes_total"});
            visit("lead", self.lead,
                  base::Limit{.what = "how far a source may be ahead of real time",
                              .at_limit = "it is read no faster than real time",
                              .metric = "weir_timestamp_faults_total"});
            visit("waiting_bytes", self.waiting_bytes,
                  base::Limit{.what = "bytes that wait for the other kind of track",
                              .at_limit = "the stream starts without it",
                              .metric = "weir_input_bytes_total"});
            visit("tracks", self.tracks,
                  base::Limit{.what = "tracks of one publication",
                              .at_limit = "further ones are not taken, and their samples refused",
                              .metric = "weir_rtmp_media_refused_total"});
        }
    };

    explicit Intake(Limits limits) : limits_(limits) {}

    /// A sequence header: a new track, or new parameters of a known one.
    void announce(media::Track track, WireClock clock, base::Instant now);
    /// Samples of a track that never announced itself are refused. Empty ones are nothing.
    [[nodiscard]] base::Result<void> receive(Sample sample, base::Instant now);
    /// Completes the first TrackSet when its time has come.
    void tick(base::Instant now);
    /// What is ready, in decode order of arrival; may be empty.
    [[nodiscard]] std::vector<Item> take() { return std::exchange(ready_, {}); }

    /// How long the driver should stop reading: zero, unless the source is ahead of real time by more than the limit.
    [[nodiscard]] base::Duration pause(base::Instant now);
    [[nodiscard]] const TimestampFaults& faults() const noexcept { return faults_; }
    /// The newest faults in words for the journal ("audio ran 52 ms away from its sample count; resynchronized"), then forgotten.
    [[nodiscard]] std::vector<std::string> take_remarks() { return std::exchange(remarks_, {}); }

  private:
    struct Line {
        media::Track track;
        WireClock clock;
        std::variant<FrameGrid, AudioGrid> grid;
        std::optional<media::Ticks> last_dts;
        bool has_waiting = false;  ///< samples wait for the first TrackSet
    };
    struct Placed {
        media::Ticks dts;
        media::Ticks pts;
        media::Ticks duration;
    };

    [[nodiscard]] Line* find(std::uint32_t track) noexcept;
    void change(Line& line, media::Track track);
    void complete();
    void publish_tracks();
    [[nodiscard]] WireTime::Reading read_clock(const Line& line, const Sample& sample);
    [[nodiscard]] std::optional<Placed> place(FrameGrid& grid, const Sample& sample, const WireTime::Reading& reading);
    [[nodiscard]] std::optional<Placed> place(AudioGrid& grid, const Sample& sample, const WireTime::Reading& reading);
    [[nodiscard]] media::Ticks bounded_offset(media::Ticks composition_offset);
    void hand_on(Line& line, media::Packet packet);
    void keep_pace(media::Ticks dts, base::Instant now) noexcept;
    void remark(std::string text);

    const Limits limits_;
    std::vector<Line> lines_;
    WireTime wire_;
    media::TrackSetRef tracks_;               ///< null until the first is complete
    std::optional<base::Instant> announced_;  ///< when the first track was

    std::vector<Item> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::vector<Item> ready_;

    std::optional<base::Instant> zero_;  ///< when the publication's time was zero, for a source in real time
    media::Ticks newest_;
    bool is_ahead_ = false;

    TimestampFaults faults_;
    std::vector<std::string> remarks_;
};

}  // namespace weir::stream

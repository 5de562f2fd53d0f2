// What makes rungs of a stream's source: the hook that the driver of a worker fills. Owned by the stream; lives on its shard.
// The source keeps playing whatever happens here: a transcoder that fails leaves its rungs without media, and nothing else.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/stream_id.hpp"
#include "config/config.hpp"
#include "stream/entry.hpp"
#include "stream/still.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stream {

/// One rung as it was decided on. It stays what it is, whatever the source becomes.
struct RungPlan {
    std::string name;  ///< "720p"; re-encoded sound is a rung of kind audio, named "stereo"
    media::Kind kind = media::Kind::video;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint64_t bitrate = 0;  ///< bits a second, as configured
    std::string left_out;       ///< why it is not made; empty: it is

    bool operator==(const RungPlan&) const = default;
};

enum class RungState : std::uint8_t {
    starting,
    running,
    recovering,  ///< its worker is being restarted
    shed,        ///< given up for a while: the machine is overloaded
    failed,      ///< its worker's error budget is used up
    left_out,    ///< not made at all
};
[[nodiscard]] std::string_view name(RungState state) noexcept;

/// What a rung has done, as the worker reports it.
struct RungStats {
    RungState state = RungState::starting;
    std::string reason;  ///< why it is shed, failed, recovering or left out
    std::uint64_t dropped_overload = 0;
    struct {
        std::chrono::microseconds p50{};
        std::chrono::microseconds p95{};
        std::chrono::microseconds p99{};
    } encode;  ///< of one frame
    std::uint32_t queue_depth = 0;
    std::uint32_t queue_limit = 0;
    double speed = 0;  ///< frames a second that it could encode, by those it has to
};

struct WorkerStats {
    /// Objects of the worker's that are alive, by kind.
    struct Alive {
        std::uint64_t frames = 0;
        std::uint64_t packets = 0;
        std::uint64_t contexts = 0;

        void fields(this auto& self, auto&& visit) {
            visit("frames", self.frames);
            visit("packets", self.packets);
            visit("contexts", self.contexts);
        }
    };

    std::int64_t pid = 0;  ///< 0 while there is none
    std::uint32_t restarts = 0;
    std::uint64_t memory_bytes = 0;
    Alive alive;
};

struct TranscoderStats {
    std::vector<RungStats> rungs;  ///< in the order of the plan
    WorkerStats worker;
};

/// Where a transcoder puts what it makes: the stream. On the stream's shard.
class RungSink : public StillSink {
  public:
    /// The next packet of the rung (index into the plan), in decode order, on the stream's time line. `segment_boundary` is
    /// set on the keyframe that stands where the source's boundary was; `discontinuity` where it does not continue what came before.
    virtual void write_rung(std::size_t rung, media::Packet packet, media::TrackSetRef tracks, base::Now now) = 0;
    /// Nothing comes of this rung until further notice: nobody waits for it.
    virtual void interrupt_rung(std::size_t rung, base::Now now) = 0;
};

class Transcoder {
  public:
    virtual ~Transcoder() = default;
    /// What was decided on; never changes.
    [[nodiscard]] virtual const std::vector<RungPlan>& plan() const noexcept = 0;
    /// The next entry of the source, from a join point on. Never blocks; what does not fit is dropped by its own rule.
    virtual void write(const Entry& entry, base::Now now) = 0;
    /// The next packet of a track of the source beside its own rendition's: another quality, or another sound.
    virtual void write_beside(media::Packet packet, const media::Track& track, base::Now now) {
        (void)packet, (void)track, (void)now;
    }
    /// Its pictures begin a segment wherever one is due.
    [[nodiscard]] virtual bool makes_keyframes() const noexcept { return true; }
    /// The source pauses (its publisher is gone, within the hold): what is being encoded comes out.
    virtual void flush(base::Now now) = 0;
    virtual void tick(base::Now now) = 0;
    /// A picture of now for the sink. False: it cannot make one, now or ever.
    [[nodiscard]] virtual bool want_still(base::Now now) {
        (void)now;
        return false;
    }
    [[nodiscard]] virtual TranscoderStats stats() const = 0;
    /// What an operator should hear, for the journal; then forgotten.
    [[nodiscard]] virtual std::vector<std::string> take_remarks() { return {}; }
};

/// What a stream is when its transcoder is decided on: once its tracks are complete, and its bit rate is known.
struct SourceShape {
    media::TrackSetRef tracks;
    std::uint64_t bitrate = 0;  ///< of the video track, bits a second: announced, or measured
};

/// Null where the stream has no rungs at all. `sink` outlives the transcoder.
using TranscoderFactory =
    std::function<std::unique_ptr<Transcoder>(const base::StreamId&, const config::StreamOptions&, const SourceShape&,
                                              RungSink& sink, base::Executor& shard, base::Now)>;

}  // namespace weir::stream

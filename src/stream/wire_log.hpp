// A rendition in one wire format: bytes, written once, whoever reads them. The log itself lives on the stream's shard;
// readers on any shard follow it through `LogBatch`es, immutable values that are posted to them: one message per batch and shard.
// Bytes that were published never change. A viewer is an offset into this.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/limits.hpp"
#include "base/memory.hpp"
#include "stream/rendition.hpp"

namespace weir::stream {

/// Turns packets into the bytes of one format. Made per log; `origin` is the stream time that the wire calls zero.
class Serializer {
  public:
    virtual ~Serializer() = default;
    /// What only a new connection gets, before anything else (the FLV file header and its metadata). `tracks` for the same
    /// connection follows it at once.
    virtual void begin(const media::TrackSet& tracks, base::SlabWriter& out) = 0;
    /// The decoder configurations, stamped `at`: written in band when they change, and to every viewer that joins or jumps.
    virtual void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out) = 0;
    /// One message, or nothing: what waits for a later packet belongs to that one's message.
    virtual void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) = 0;
};

/// One row of the table in app/: a format that can be logged.
struct WireFormat {
    std::string_view name;  ///< "flv"; unique; names the log
    std::unique_ptr<Serializer> (*create)(media::Ticks origin);
    /// The wire's clock runs out here: the log ends before, its viewers reconnect, and a new one starts from zero.
    media::Ticks longest;
    /// What it has a place for; null: it is written as it is, whatever there is.
    bool (*can_carry)(const media::Track& track) noexcept = nullptr;
};

/// One message of the log (an FLV tag, an RTMP message), or the few that make up a change of tracks.
struct LogMark {
    std::uint64_t offset = 0;  ///< of its first byte
    media::Ticks time;         ///< dts
    bool join = false;
    base::Bytes greeting;  ///< at a join: `begin` and `tracks`, for a new viewer
    base::Bytes resume;    ///< at a join: `tracks` alone, for a viewer that jumps here
};

struct LogBatch {
    std::uint64_t offset = 0;        ///< of the first byte of `bytes`
    std::vector<base::Bytes> bytes;  ///< what was appended, end to end
    std::vector<LogMark> marks;      ///< the messages that start in it, in order
    std::uint64_t begin = 0;         ///< the log lets go of everything below; a viewer there jumps
    bool ended = false;              ///< nothing follows: viewers are closed once they have it all
    base::Instant arrived;           ///< when its newest packet reached the stream

    [[nodiscard]] std::uint64_t end() const noexcept {
        std::uint64_t end = offset;
        for (const base::Bytes& run : bytes) end += run.size();
        return end;
    }
};
using LogBatchRef = std::shared_ptr<const LogBatch>;

/// Where batches go: `deliver` runs on `executor`.
struct LogSubscriber {
    base::Executor* executor = nullptr;
    std::shared_ptr<std::function<void(LogBatchRef)>> deliver;
};

class WireLog final : public RenditionReader {
  public:
    struct Limits {
        base::ByteCount slab_bytes{64U << 10};
        base::ByteCount log_bytes{32U << 20};
        base::Duration lag = std::chrono::seconds(10);           ///< `delivery.lag`
        base::Duration latency = std::chrono::milliseconds(30);  ///< `delivery.latency`
        base::Duration linger = std::chrono::seconds(5);         ///< how long the log outlives its last subscriber

        void fields(this auto& self, auto&& visit) {
            visit(
                "slab_bytes", self.slab_bytes,
                base::Limit{.what = "one slab of a log", .at_limit = "the next is begun", .metric = "weir_slab_bytes"});
            visit("log_bytes", self.log_bytes,
                  base::Limit{.what = "bytes that a log retains in one format",
                              .at_limit = "the oldest go; viewers there jump to the newest keyframe",
                              .metric = "weir_viewer_jumps_total"});
            visit("lag", self.lag,
                  base::Limit{.what = "how far behind a viewer may fall",
                              .at_limit = "it jumps to the newest keyframe",
                              .metric = "weir_viewer_jumps_total"});
        }
    };

    /// Starts from the newest join point that `rendition` holds, and follows it from there. Both live on one shard;
    /// the rendition outlives the log.
    WireLog(const WireFormat& format, Rendition& rendition, const Limits& limits, base::Now now);
    ~WireLog() override;
    WireLog(const WireLog&) = delete;
    WireLog& operator=(const WireLog&) = delete;

    /// The subscriber gets the whole retained log as its first batch. Returns its id.
    std::uint64_t subscribe(LogSubscriber subscriber);
    void unsubscribe(std::uint64_t id, base::Instant now);

    /// The clock for what `read` serialises from here on. Called by the stream before it writes packets.
    void set_now(base::Now now) noexcept { now_ = now; }
    void read(const Entry& entry) override;
    /// Publishes audio that has waited long enough.
    void tick(base::Now now);
    /// Publishes what is pending, and the end.
    void end();

    [[nodiscard]] const WireFormat& format() const noexcept { return *format_; }
    /// It has ended: by `end`, or since its wire clock is used up. The stream drops it.
    [[nodiscard]] bool is_spent() const noexcept { return ended_; }
    /// Nobody has read it for `linger`: the stream drops it.
    [[nodiscard]] bool is_idle(base::Instant now) const noexcept;
    /// When waiting audio wants `tick`; the end of time while nothing waits.
    [[nodiscard]] base::Instant deadline() const noexcept;

  private:
    struct Run {
        std::uint64_t offset;
        base::Bytes bytes;
    };
    struct Reader {
        std::uint64_t id;
        LogSubscriber subscriber;
    };

    void begin_at(const Entry& entry);
    void write(const Entry& entry);
    void write_mark(LogMark mark);
    void greet(LogMark& mark, const Entry& entry);
    [[nodiscard]] std::uint64_t append_pending();
    void publish();
    void retain(const LogBatch& batch);
    void let_go();
    void deliver(const LogBatchRef& batch);
    [[nodiscard]] bool clock_is_used_up(const Entry& entry) const noexcept;

    const WireFormat* format_;
    Rendition* rendition_;
    Limits limits_;
    base::Now now_;

    std::unique_ptr<Serializer> serializer_;  ///< null until the first join point
    media::Ticks origin_;
    media::TrackSetRef tracks_;  ///< those that were written last
    media::Ticks newest_;        ///< dts
    base::SlabWriter out_;
    base::SlabWriter greetings_;

    // Published and retained, oldest first.
    std::deque<Run> runs_;
    std::deque<LogMark> marks_;
    std::size_t greeting_bytes_ = 0;  ///< of all marks
    base::MemoryCharge records_;      ///< the marks
    std::uint64_t newest_join_ = 0;   ///< offset of the newest join mark
    std::uint64_t end_ = 0;
    bool ended_ = false;

    // Written, and not yet published.
    std::vector<base::Bytes> pending_;
    std::vector<LogMark> pending_marks_;
    std::uint64_t pending_end_ = 0;
    base::Instant pending_since_;
    base::Instant arrived_;

    std::vector<Reader> readers_;
    std::uint64_t next_reader_ = 1;
    bool delivering_ = false;
    base::Instant idle_since_;
};

}  // namespace weir::stream

// A stream: what viewers see, whoever publishes it at the moment. It maps each publication's time onto its own
// time line, decides segment boundaries, writes its renditions, keeps their wire logs, and lives by the table in lifecycle.hpp.
// Everything but the members marked "any thread" runs on its shard.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/result.hpp"
#include "base/stream_id.hpp"
#include "config/config.hpp"
#include "stream/intake.hpp"
#include "stream/lifecycle.hpp"
#include "stream/packager.hpp"
#include "stream/rendition.hpp"
#include "stream/segments.hpp"
#include "stream/wire_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::stream {

struct PublisherInfo {
    std::string id;        ///< "p-1"
    std::string protocol;  ///< "rtmp"
    std::string peer;      ///< "192.0.2.7:50112"
    std::string client;    ///< what it says it is: attacker's text
};

struct InputStats {
    std::uint64_t frames = 0;  ///< video frames (audio frames where there is no video)
    std::uint64_t bytes = 0;
    std::uint64_t bitrate = 0;  ///< bits a second over the last seconds
    TimestampFaults timestamp_faults;
};

/// How many watch, by protocol. Any thread.
struct ViewerCounts {
    std::atomic<std::uint32_t> flv{0};
    std::atomic<std::uint32_t> hls{0};
    [[nodiscard]] std::uint32_t total() const noexcept { return flv.load() + hls.load(); }
};

/// What the logs of a stream have sent, added up by broadcasters. Any thread.
struct DeliveryCounts {
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> jumps{0};
};

/// Everything that others may know of a stream, at one moment. Immutable.
struct StreamSnapshot {
    base::StreamId id;
    State state = State::fresh;
    std::string reason;
    base::WallTime since;  ///< when the state was entered
    base::WallTime started;
    std::optional<PublisherInfo> publisher;
    media::TrackSetRef tracks;  ///< null before the first
    InputStats input;
    SegmentIndexRef segments;   ///< null before the first segment
    config::StreamOptions options;
};
using StreamSnapshotRef = std::shared_ptr<const StreamSnapshot>;

using PublicationId = std::uint64_t;

class Registry;

class Stream {
  public:
    struct Settings {
        config::StreamOptions options;
        WireLog::Limits log;
    };
    using PackagerFactory = std::function<std::unique_ptr<Packager>(const base::StreamId&, const config::StreamOptions&, base::Now)>;
    /// Told once, on the stream's shard, when the publication is no longer wanted (replaced, stopped); `reason` is for people.
    using Evict = std::function<void(std::string_view reason)>;

    Stream(base::StreamId id, Settings settings, base::Executor& shard, const PackagerFactory& packager, base::Now now);
    ~Stream();

    [[nodiscard]] const base::StreamId& id() const noexcept;          ///< any thread
    [[nodiscard]] base::Executor& shard() const noexcept;             ///< any thread
    [[nodiscard]] ViewerCounts& viewers() noexcept;                   ///< any thread
    [[nodiscard]] DeliveryCounts& delivery() noexcept;                ///< any thread

    /// Admits a publisher, or refuses by the `takeover` rule. A replaced publisher is evicted.
    [[nodiscard]] base::Result<PublicationId> publish(PublisherInfo info, Evict evict, base::Now now);
    /// Media of the publication; ignored when it is not the current one any more.
    void push(PublicationId publication, std::vector<Item> items, const TimestampFaults& faults, base::Now now);
    /// The publisher is gone, cleanly or not: the hold begins.
    void leave(PublicationId publication, std::string_view reason, base::Now now);
    /// An operator ends the stream now.
    void stop(std::string_view reason, base::Now now);

    /// Subscribes to the rendition `rung` in `format`; makes the log when it is the first. Refused while there is nothing to join.
    [[nodiscard]] base::Result<std::uint64_t> open_log(std::string_view rung, const WireFormat& format, LogSubscriber subscriber, base::Now now);
    void close_log(const WireFormat& format, std::uint64_t id, base::Now now);

    void set_options(const config::StreamOptions& options);
    void shorten_windows();
    /// Hold, timeouts, waiting audio, idle logs. Called every 10 ms while `is_busy`, else every 100 ms.
    void tick(base::Now now);
    [[nodiscard]] bool is_busy() const noexcept;
    /// Over, and its playlists have been readable for the window: the registry lets it go.
    [[nodiscard]] bool is_gone(base::Now now) const noexcept;

    /// A fresh description of everything, for the registry.
    [[nodiscard]] StreamSnapshotRef snapshot(base::Now now) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace weir::stream

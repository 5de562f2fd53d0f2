// A stream: what viewers see, whoever publishes it at the moment, and whoever stands in where nobody does. It maps each publication's
// time onto its own time line, decides segment boundaries, writes its source, has its ladder make the rungs beside it, keeps the wire logs of all,
// and lives by the table in lifecycle.hpp.
// Everything but the members marked "any thread" runs on its shard.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/journal.hpp"
#include "base/memory.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/stream_id.hpp"
#include "config/config.hpp"
#include "stream/audiences.hpp"
#include "stream/boundaries.hpp"
#include "stream/contenders.hpp"
#include "stream/first_tracks.hpp"
#include "stream/followers.hpp"
#include "stream/index_feed.hpp"
#include "stream/intake.hpp"
#include "stream/ladder.hpp"
#include "stream/lifecycle.hpp"
#include "stream/link_stats.hpp"
#include "stream/logs.hpp"
#include "stream/packager.hpp"
#include "stream/publisher.hpp"
#include "stream/rate_meter.hpp"
#include "stream/rendition.hpp"
#include "stream/segments.hpp"
#include "stream/splice.hpp"
#include "stream/standbys.hpp"
#include "stream/stills.hpp"
#include "stream/viewers.hpp"
#include "stream/wall_mapping.hpp"
#include "stream/wire_log.hpp"

namespace weir::stream {

struct InputStats {
    std::uint64_t frames = 0;  ///< video frames (audio frames where there is no video)
    std::uint64_t bytes = 0;
    std::uint64_t bitrate = 0;  ///< bits a second over the last seconds
    TimestampFaults timestamp_faults;
};

/// What the logs of a stream have sent, added up by broadcasters. Any thread.
struct DeliveryCounts {
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> jumps{0};
    base::Histogram first_frame;  ///< from a viewer's request to its first media
};

/// Everything that others may know of a stream, at one moment. Immutable.
struct StreamSnapshot {
    base::StreamId id;
    State state = State::fresh;
    std::string reason;
    base::WallTime since;  ///< when the state was entered
    base::WallTime started;
    std::optional<PublisherInfo> publisher;     ///< who is on air
    std::vector<ContenderSnapshot> contenders;  ///< the better first
    SwitchCounts switches{};
    std::uint64_t groups_dropped = 0;  ///< of contenders, at a limit
    media::TrackSetRef tracks;         ///< null before the first
    InputStats input;
    config::StreamOptions options;
    std::string source_left_out;  ///< why the source is not in HLS; empty: it is
    std::vector<RungSnapshot>
        rungs;                       ///< beside the source, in the order of the ladder; none before they are decided on
    bool is_ladder_decided = false;  ///< `rungs` are all that there will be
    std::optional<WorkerStats> worker;
    StillRef still;                  ///< the newest picture of now; null before somebody wanted one
    std::string_view still_trouble;  ///< why the last one that was wanted did not come; empty: it did, or will
};
using StreamSnapshotRef = std::shared_ptr<const StreamSnapshot>;

class Stream final : private RenditionReader {
  public:
    struct Settings {
        config::StreamOptions options{};
        WireLog::Limits log{};
        Rendition::Limits held{};
        Rung::Limits rung{};
        HeldGroup::Limits contender{};
        TranscoderFactory transcoder{};  ///< none: the source alone
        StillFactory still{};            ///< none: only a transcoder makes pictures of now
        StandbyFactory standby{};        ///< none: a backup is who publishes as one, and there is no slate
        std::uint32_t faults = 10;       ///< broken publications that the stream survives in `fault_window`
        base::Duration fault_window = std::chrono::minutes(1);
        base::Log journal{};                        ///< bound to the stream by its maker; says nothing by default
        media::Ticks origin{};                      ///< stream time of the first packet
        base::WallTime not_before{};                ///< sequence numbers start here when the clock is not there yet
        const base::MemoryLimit* memory = nullptr;  ///< outlives the stream; without one there is always room
        /// Told of every new segment index, on the stream's shard.
        std::function<void(const Stream&, const SegmentIndexRef&)> index_changed{};
    };
    using PackagerFactory =
        std::function<std::unique_ptr<Packager>(const base::StreamId&, const config::StreamOptions&, base::Now)>;

    Stream(base::StreamId id, Settings settings, base::Executor& shard, const PackagerFactory& packager, base::Now now);
    ~Stream() override;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] const base::StreamId& id() const noexcept { return id_; }   ///< any thread
    [[nodiscard]] base::Executor& shard() const noexcept { return *shard_; }  ///< any thread
    [[nodiscard]] ViewerCounts& viewers() noexcept { return viewers_; }       ///< any thread
    [[nodiscard]] DeliveryCounts& delivery() noexcept { return delivery_; }   ///< any thread
    /// It takes no publisher any more; its name is free for another stream. Any thread.
    [[nodiscard]] bool is_over() const noexcept { return over_.load(std::memory_order_acquire); }
    /// It has a log, or somebody waits for the next part: what comes should be there at once. Any thread.
    [[nodiscard]] bool is_followed() const noexcept { return followed_.load(std::memory_order_relaxed); }
    /// For some time nobody has had anything of it, whatever he watches, and nothing is made of it. Any thread.
    [[nodiscard]] bool is_unwatched() const noexcept {
        return unwatched_.load(std::memory_order_relaxed) && !is_followed();
    }
    /// Later than every sequence number of a stream that is over. Any thread.
    [[nodiscard]] base::WallTime numbers_end() const noexcept {
        return base::WallTime(base::Duration(numbers_end_.load(std::memory_order_acquire)));
    }

    /// Admits a publisher, or refuses by the `takeover` rule where there is one of its rank. A replaced publisher is evicted.
    [[nodiscard]] base::Result<PublicationId> publish(PublisherInfo info, Evict evict, base::Now now);
    /// Media of the publication: shown, or held while another is on air; ignored when it is gone. Without items it says that the
    /// publisher is alive.
    void push(PublicationId publication, std::vector<Item> items, const TimestampFaults& faults, base::Now now);
    /// The publisher is gone, cleanly or not: another goes on air, or the hold begins.
    void leave(PublicationId publication, std::string_view reason, base::Now now);
    /// The publication broke (malformed media, not a lost connection): viewers wait as after `leave`, but too many of these in
    /// a short time fail the stream.
    void fault(PublicationId publication, const base::Error& error, base::Now now);
    /// An operator ends the stream now.
    void stop(std::string_view reason, base::Now now);

    /// Subscribes to the rendition `rung` in `format`; makes the log when it is the first, and there is memory for it. Refused while
    /// there is nothing to join.
    [[nodiscard]] base::Result<std::uint64_t> open_log(std::string_view rung, const WireFormat& format,
                                                       LogSubscriber subscriber, base::Now now);
    void close_log(const WireFormat& format, std::uint64_t id, base::Now now);

    /// What its own source sends from now on, the newest group first: nothing while a backup or the slate is on air.
    void follow(MediaFollower follower, base::Now now) {
        followers_.add(std::move(follower), source_, contenders_.is_on_air(Rank::source), now);
    }

    /// Every segment index from now on, the newest first; returns an id.
    std::uint64_t watch_index(IndexSubscriber subscriber);
    void unwatch_index(std::uint64_t id);
    /// Tells those who watch where the index has changed.
    void tell_index();

    /// A player asked for one of its playlists, or for its manifest: `protocol` is one of the `polled_protocols`.
    void note_poll(std::uint64_t viewer, base::Now now, ViewerProtocol protocol = ViewerProtocol::hls) {
        if (!is_memory_full()) audiences_.note(protocol, viewer, now.instant);
    }

    /// Somebody wants a picture of now: it is in the snapshot some moments later, or why not.
    void want_still(base::Now now) {
        if (!is_over()) stills_.want(ladder_, source_, now);
    }

    [[nodiscard]] const config::StreamOptions& options() const noexcept { return settings_.options; }
    /// Those in force; null before the first.
    [[nodiscard]] const media::TrackSetRef& tracks() const noexcept { return splice_.tracks(); }
    /// Bound to the stream.
    [[nodiscard]] const base::Log& journal() const noexcept { return settings_.journal; }
    /// The publisher of that id is told to go; viewers wait as for one that was lost. False: somebody else publishes, or nobody.
    bool kick(std::string_view publisher, std::string_view reason, base::Now now);

    /// What can change on a stream that runs changes (`config::Change::live`), its ladder too; what segments are made by stays as it was.
    void set_options(const config::StreamOptions& options, base::Now now);
    void shorten_windows() { packager_->shorten(); }
    /// Hold, timeouts, waiting audio, idle logs. Called every 10 ms while `is_busy`, else every 100 ms.
    void tick(base::Now now);
    [[nodiscard]] bool is_busy() const noexcept { return logs_.is_waiting(); }
    /// Over, and its playlists have been readable for the window: the registry lets it go.
    [[nodiscard]] bool is_gone(base::Now now) const noexcept;

    /// A fresh description of everything, for the registry.
    [[nodiscard]] StreamSnapshotRef snapshot(base::Now now) const;
    /// Whether state, publisher, tracks or the states of rungs are no longer as `shown`.
    [[nodiscard]] bool is_news(const StreamSnapshot& shown) const noexcept;

  private:
    void read(const Entry& entry) override;
    void happen(Happening happening, std::string_view reason, base::Now now);
    void take(Contenders::Contender& from, Item item, base::Now came, base::Now now);
    void write(Item item, base::Now came, base::Now now);
    void write_beside(Spliced spliced, base::Now now);
    void count(const Spliced& spliced, base::Now now);
    void choose(std::string_view why, base::Now now);
    void put_on_air(Contenders::Contender& one, std::string_view why, base::Now now);
    [[nodiscard]] bool is_anybody_due(base::Now now);
    void lose(std::string_view reason, base::Now now);
    void pause(base::Now now);
    void resume(base::Now now);
    void follow_contenders(base::Now now);
    Evict drop(const Contenders::Contender& gone, std::string_view reason, base::Now now);
    Evict forget(const Contenders::Contender& gone);
    void finish(std::string_view reason, base::Now now);
    [[nodiscard]] Contenders::Rules rules() const { return Contenders::Rules::of(settings_.options); }
    void close_when_drained(base::Now now);
    [[nodiscard]] Rendition* rendition_of(std::string_view rung, const WireFormat& format) noexcept;
    void offer_source(bool is_offered);
    void follow_encoders();
    void tell_remarks();
    void note_followers() noexcept {
        followed_.store(logs_.size() != 0 || !index_feed_.empty(), std::memory_order_relaxed);
        packager_->set_followed(!index_feed_.empty());
    }
    void note_pace(bool is_calm) {
        boundaries_.set_hurried(!is_calm);
        packager_->set_hurried(!is_calm);
    }
    /// Viewers of every kind, encoders, and streams whose backup it is.
    void note_watchers(base::Instant now) noexcept {
        if (is_followed() || viewers_.total() != 0 || ladder_.is_at_work() || !followers_.empty()) watched_ = now;
        unwatched_.store(now - watched_ >= unwatched_after, std::memory_order_relaxed);
    }
    [[nodiscard]] bool is_memory_full() const noexcept { return settings_.memory && settings_.memory->is_full(); }

    /// It is as long behind a publisher that comes: the time of day is learnt from how packets arrive.
    static constexpr base::Duration unwatched_after = std::chrono::seconds(10);

    const base::StreamId id_;
    Settings settings_;
    base::Executor* const shard_;
    ViewerCounts viewers_;
    DeliveryCounts delivery_;
    Audiences audiences_;
    std::atomic<bool> over_{false};
    std::atomic<bool> followed_{false};
    std::atomic<bool> unwatched_{false};
    std::atomic<base::Duration::rep> numbers_end_{0};

    State state_ = State::fresh;
    std::string reason_;
    base::WallTime since_;
    base::Instant since_instant_;
    base::Instant watched_;  ///< when somebody had something of it last, or it began anew
    const base::Now started_;
    ErrorBudget budget_;

    Contenders contenders_;

    Splice splice_;
    Boundaries boundaries_;
    WallMapping wall_;
    base::Now now_;  ///< of the packet that is being written

    InputStats input_;  ///< without the faults of publications that are not over
    RateMeter rate_;

    IndexFeed index_feed_;
    std::unique_ptr<Packager> packager_;
    Rendition source_;          ///< the first track of each kind; the packager parts them
    FirstTracks first_tracks_;  ///< where the publisher has more
    std::string source_left_out_;
    Stills stills_;
    Ladder ladder_;
    Logs logs_;
    Followers followers_;
    bool is_closed_ = false;  ///< packager and logs have ended
    Standbys standbys_;
};

}  // namespace weir::stream

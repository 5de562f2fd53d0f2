// Every stream of the process, by name. One of the two places with a mutex: it guards the map and the snapshots, for the
// length of a look-up or a pointer swap. Streams themselves live on their shards; whoever wants more than the snapshot posts there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/limits.hpp"
#include "base/memory.hpp"
#include "stream/stream.hpp"

namespace weir::stream {

class Registry {
  public:
    struct Limits {
        std::size_t streams = 1000;
        base::ByteCount memory{std::uint64_t{2} << 30};

        void fields(this auto& self, auto&& visit) {
            visit("streams", self.streams,
                  base::Limit{.what = "streams at one time",
                              .at_limit = "further ones are refused",
                              .metric = "weir_streams_refused_total"});
            visit(
                "memory", self.memory,
                base::Limit{
                    .what = "bytes of media in memory",
                    .at_limit =
                        "from nine tenths on, what streams of before had listed goes, and windows of the least watched "
                        "streams are shortened; at the "
                        "limit new streams and viewers are refused and publishers are not read; where that "
                        "does not help, a stream ends: a newcomer, else the one that takes the most for each viewer",
                    .metric = "weir_media_bytes"});
        }
    };

    /// Without a factory of transcoders streams have no rungs but their source.
    Registry(Limits limits, Stream::PackagerFactory packager, TranscoderFactory transcoder = {},
             StillFactory still = {}, StandbyFactory standby = {})
        : limits_(limits),
          memory_(limits.memory),
          packager_(std::move(packager)),
          transcoder_(std::move(transcoder)),
          still_(std::move(still)),
          standby_(std::move(standby)) {}

    /// The stream of that name, made on `shard` when there is none (or when the old one is over). Refused at a limit, with the reason.
    [[nodiscard]] base::Result<std::shared_ptr<Stream>> open(const base::StreamId& id, const Stream::Settings& settings,
                                                             base::Executor& shard, base::Now now);
    /// Whether a stream that nobody publishes is worth waiting for, since its source is fetched for who asks on `shard`. Asked for once
    /// per request; without an answer to ask, none is.
    [[nodiscard]] bool expects(const base::StreamId& id, base::Executor& shard) const;
    using Expectation = std::function<bool(const base::StreamId& id, base::Executor& shard)>;
    /// Before anybody asks.
    void set_expectation(Expectation expectation) { expectation_ = std::move(expectation); }
    /// Null when there is none.
    [[nodiscard]] std::shared_ptr<Stream> find(const base::StreamId& id) const;
    [[nodiscard]] StreamSnapshotRef snapshot(const base::StreamId& id) const;
    /// The newest segment index of the stream, as soon as it is there; null: none yet, or no stream.
    [[nodiscard]] SegmentIndexRef segments(const base::StreamId& id) const;
    /// The last index of the stream of that name before the present one, for as long as its playlists may still be played (RFC 8216
    /// 6.2.2): its window, or until memory is short. Null: there is none.
    [[nodiscard]] SegmentIndexRef earlier_segments(const base::StreamId& id) const;
    /// Of the two the one of `epoch`, which is in every address of a segment; else the newest.
    [[nodiscard]] SegmentIndexRef segments(const base::StreamId& id, std::uint64_t epoch) const;
    /// All snapshots, ordered by id.
    [[nodiscard]] std::vector<StreamSnapshotRef> list() const;

    /// Drives the streams that live on `shard`; runs there. Publishes their snapshots when they changed, at least once a second.
    /// True while one of them wants the next call within 10 ms.
    bool tick(base::Executor& shard, base::Now now);
    /// Publishes the stream's snapshot at once (a state change, a new segment). On the stream's shard.
    void refresh(const std::shared_ptr<Stream>& stream, base::Now now);

    /// Lets go of every stream: what they hold of the shards goes before those do. Once the shards have stopped.
    void clear();
    void set_limits(Limits limits);
    /// Asked by whoever is about to take more memory for media. Any thread.
    [[nodiscard]] const base::MemoryLimit& memory() const noexcept { return memory_; }
    /// Streams refused at a limit. Any thread.
    [[nodiscard]] const base::Counter& refused() const noexcept { return refused_; }
    /// Streams ended since memory was full. Any thread.
    [[nodiscard]] const base::Counter& sacrificed() const noexcept { return sacrificed_; }

  private:
    struct Row {
        std::shared_ptr<Stream> stream;
        StreamSnapshotRef snapshot;
        SegmentIndexRef segments;
        SegmentIndexRef earlier;  ///< of the stream before it
        base::Instant earlier_until;
        base::Instant refreshed;
        std::uint32_t shortened = 0;  ///< times, since memory became short
        bool is_sacrificed = false;   ///< it has been told to end
    };
    using Rows = std::map<base::StreamId, Row>;

    [[nodiscard]] base::Result<void> check_limits() const;
    [[nodiscard]] std::vector<Row> rows_of(const base::Executor& shard) const;
    void note_index(const Stream& stream, const SegmentIndexRef& index);
    void forget(const std::shared_ptr<Stream>& stream);
    void relieve_memory(base::Now now);
    [[nodiscard]] std::vector<SegmentIndexRef> take_earlier(base::Now now);
    void shorten_some();
    void sacrifice_one(base::Now now);
    [[nodiscard]] static int burden(const Row& row, base::WallTime now) noexcept;

    base::Counter refused_;
    base::Counter sacrificed_;
    mutable std::mutex mutex_;
    Limits limits_;
    base::MemoryLimit memory_;
    const Stream::PackagerFactory packager_;
    const TranscoderFactory transcoder_;
    const StillFactory still_;
    const StandbyFactory standby_;
    Expectation expectation_;
    Rows rows_;
    base::Instant relieved_;
};

}  // namespace weir::stream

// Every stream of the process, by name. One of the two places with a mutex: it guards the map and the snapshots, for the
// length of a look-up or a pointer swap. Streams themselves live on their shards; whoever wants more than the snapshot posts there.
#pragma once

#include "stream/stream.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace weir::stream {

class Registry {
  public:
    struct Limits {
        std::size_t streams = 1000;
        std::size_t memory = std::size_t{2} << 30;  ///< `limits.memory`; windows shorten near it, new streams are refused at it
    };

    Registry(Limits limits, Stream::PackagerFactory packager);

    /// The stream of that name, made on `shard` when there is none (or when the old one is over). Refused at a limit, with the reason.
    [[nodiscard]] base::Result<std::shared_ptr<Stream>> open(const base::StreamId& id, const Stream::Settings& settings, base::Executor& shard, base::Now now);
    /// Null when there is none.
    [[nodiscard]] std::shared_ptr<Stream> find(const base::StreamId& id) const;
    [[nodiscard]] StreamSnapshotRef snapshot(const base::StreamId& id) const;
    /// All snapshots, ordered by id.
    [[nodiscard]] std::vector<StreamSnapshotRef> list() const;

    /// Drives the streams that live on `shard`; runs there. Publishes their snapshots when they changed, at least once a second.
    /// True while one of them wants the next call within 10 ms.
    bool tick(base::Executor& shard, base::Now now);
    /// Publishes the stream's snapshot at once (a state change, a new segment). On the stream's shard.
    void refresh(const std::shared_ptr<Stream>& stream, base::Now now);

    void set_limits(Limits limits);

  private:
    struct Row {
        std::shared_ptr<Stream> stream;
        StreamSnapshotRef snapshot;
        base::Instant refreshed;
    };
    mutable std::mutex mutex_;
    Limits limits_;
    Stream::PackagerFactory packager_;
    std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace weir::stream

#include "stream/registry.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

using namespace std::chrono_literals;

constexpr base::Duration relief_interval = 100ms;

}  // namespace

base::Result<std::shared_ptr<Stream>> Registry::open(const base::StreamId& id, const Stream::Settings& settings,
                                                     base::Executor& shard, base::Now now) {
    const std::lock_guard lock(mutex_);
    const auto known = rows_.find(id);
    if (known != rows_.end() && !known->second.stream->is_over()) return known->second.stream;
    if (const auto room = check_limits(); !room) {
        refused_.add();
        return std::unexpected(room.error());
    }
    Stream::Settings mine = settings;
    mine.transcoder = transcoder_;
    if (known != rows_.end()) mine.not_before = std::max(mine.not_before, known->second.stream->numbers_end());
    // Stream time goes on across restarts, as sequence numbers do, with nothing stored: it starts from the clock.
    mine.origin = media::Ticks::from(std::max(now.wall, mine.not_before).time_since_epoch());
    auto stream = std::make_shared<Stream>(id, std::move(mine), shard, packager_, now);
    Row& row = rows_[id];
    // The old stream dies where it lived.
    if (row.stream != nullptr) row.stream->shard().post([old = std::move(row.stream)] {});
    row = {.stream = stream, .snapshot = stream->snapshot(now), .refreshed = now.instant};
    return stream;
}

base::Result<void> Registry::check_limits() const {
    const auto live = std::ranges::count_if(rows_, [](const auto& row) { return !row.second.stream->is_over(); });
    if (static_cast<std::size_t>(live) >= limits_.streams)
        return base::fail(base::ErrorKind::too_large, "as many streams as `limits.streams` allows are live already");
    if (base::slab_bytes() >= limits_.memory.bytes())
        return base::fail(base::ErrorKind::too_large, "the memory that `limits.memory` allows is in use");
    return {};
}

std::shared_ptr<Stream> Registry::find(const base::StreamId& id) const {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(id);
    return row == rows_.end() ? nullptr : row->second.stream;
}

StreamSnapshotRef Registry::snapshot(const base::StreamId& id) const {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(id);
    return row == rows_.end() ? nullptr : row->second.snapshot;
}

std::vector<StreamSnapshotRef> Registry::list() const {
    std::vector<StreamSnapshotRef> result;
    const std::lock_guard lock(mutex_);
    result.reserve(rows_.size());
    for (const auto& [id, row] : rows_) result.push_back(row.snapshot);
    return result;
}

bool Registry::tick(base::Executor& shard, base::Now now) {
    bool busy = false;
    for (const Row& row : rows_of(shard)) {
        Stream& stream = *row.stream;
        stream.tick(now);
        busy = busy || stream.is_busy();
        if (stream.is_gone(now)) forget(row.stream);
        else if (now.instant - row.refreshed >= 1s || stream.is_news(*row.snapshot)) refresh(row.stream, now);
    }
    relieve_memory(now);
    return busy;
}

void Registry::refresh(const std::shared_ptr<Stream>& stream, base::Now now) {
    StreamSnapshotRef snapshot = stream->snapshot(now);
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(stream->id());
    if (row == rows_.end() || row->second.stream != stream) return;
    std::swap(row->second.snapshot, snapshot);  // the old one is freed outside the lock
    row->second.refreshed = now.instant;
}

void Registry::clear() {
    Rows rows;
    const std::lock_guard lock(mutex_);
    rows.swap(rows_);
}

void Registry::set_limits(Limits limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
}

std::vector<Registry::Row> Registry::rows_of(const base::Executor& shard) const {
    std::vector<Row> result;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, row] : rows_)
        if (&row.stream->shard() == &shard) result.push_back(row);
    return result;
}

void Registry::forget(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(stream->id());
    if (row != rows_.end() && row->second.stream == stream) rows_.erase(row);
}

// From nine tenths of the memory on, a sixteenth of the streams is asked at a time, the least watched first and everybody once
// before anybody twice.
void Registry::relieve_memory(base::Now now) {
    std::vector<Row*> order;
    const std::lock_guard lock(mutex_);
    if (now.instant - relieved_ < relief_interval) return;
    relieved_ = now.instant;
    const bool is_short = base::slab_bytes() >= limits_.memory.bytes() / 10 * 9;
    for (auto& [id, row] : rows_) {
        if (!is_short) row.shortened = 0;
        order.push_back(&row);
    }
    if (!is_short) return;
    std::ranges::sort(order, {},
                      [](const Row* row) { return std::pair(row->shortened, row->stream->viewers().total()); });
    order.resize(order.size() / 16 + std::min<std::size_t>(order.size(), 1));
    for (Row* row : order) {
        ++row->shortened;
        row->stream->shard().post([stream = row->stream] { stream->shorten_windows(); });
    }
}

}  // namespace weir::stream

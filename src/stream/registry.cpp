#include "stream/registry.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace weir::stream {

namespace {

using namespace std::chrono_literals;

constexpr base::Duration relief_interval = 100ms;
constexpr base::Duration newcomer = 10s;  ///< for as long its memory still grows, and its bit rate says little
constexpr std::string_view no_memory = "the memory that `limits.memory` allows is in use";

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
    mine.still = still_;
    mine.standby = standby_;
    if (known != rows_.end()) mine.not_before = std::max(mine.not_before, known->second.stream->numbers_end());
    mine.memory = &memory_;
    mine.index_changed = [this](const Stream& of, const SegmentIndexRef& index) { note_index(of, index); };
    // Stream time goes on across restarts, as sequence numbers do, with nothing stored: it starts from the clock.
    mine.origin = media::Ticks::from(std::max(now.wall, mine.not_before).time_since_epoch());
    auto stream = std::make_shared<Stream>(id, std::move(mine), shard, packager_, now);
    Row& row = rows_[id];
    if (row.segments != nullptr) {
        row.earlier = std::move(row.segments);
        row.earlier_until = now.instant + settings.options.window;
    }
    // The old stream dies where it lived.
    if (row.stream != nullptr) row.stream->shard().post([old = std::move(row.stream)] {});
    row = {.stream = stream,
           .snapshot = stream->snapshot(now),
           .segments = nullptr,
           .earlier = std::move(row.earlier),
           .earlier_until = row.earlier_until,
           .refreshed = now.instant};
    return stream;
}

base::Result<void> Registry::check_limits() const {
    const auto live = std::ranges::count_if(rows_, [](const auto& row) { return !row.second.stream->is_over(); });
    if (static_cast<std::size_t>(live) >= limits_.streams)
        return base::fail(base::ErrorKind::too_large, "as many streams as `limits.streams` allows are live already");
    if (memory_.is_full()) return base::fail(base::ErrorKind::too_large, no_memory);
    return {};
}

bool Registry::expects(const base::StreamId& id, base::Executor& shard) const {
    const StreamSnapshotRef shown = snapshot(id);
    const bool has_source = shown != nullptr && shown->publisher && shown->publisher->rank != Rank::slate;
    const bool is_there = has_source && !stream::is_over(shown->state);
    return !is_there && expectation_ && expectation_(id, shard);
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

SegmentIndexRef Registry::segments(const base::StreamId& id) const {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(id);
    return row == rows_.end() ? nullptr : row->second.segments;
}

SegmentIndexRef Registry::earlier_segments(const base::StreamId& id) const {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(id);
    return row == rows_.end() ? nullptr : row->second.earlier;
}

SegmentIndexRef Registry::segments(const base::StreamId& id, std::uint64_t epoch) const {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(id);
    if (row == rows_.end()) return nullptr;
    const SegmentIndexRef& earlier = row->second.earlier;
    return earlier != nullptr && earlier->epoch == epoch ? earlier : row->second.segments;
}

void Registry::note_index(const Stream& stream, const SegmentIndexRef& index) {
    SegmentIndexRef old = index;
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(stream.id());
    if (row != rows_.end() && row->second.stream.get() == &stream) std::swap(row->second.segments, old);
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
    stream->tell_index();
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
    memory_.set(limits.memory);
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

// What can be spared goes. Where all have given what they could and memory is full all the same, there are more streams than there
// is room for: they were taken in before their windows had filled.
void Registry::relieve_memory(base::Now now) {
    std::vector<SegmentIndexRef> freed;  // outside the lock
    const std::lock_guard lock(mutex_);
    if (now.instant - relieved_ < relief_interval) return;
    relieved_ = now.instant;
    freed = take_earlier(now);
    if (!memory_.is_short()) {
        for (auto& [id, row] : rows_) row.shortened = 0;
        return;
    }
    const bool have_all_given = std::ranges::all_of(rows_, [](const auto& row) { return row.second.shortened > 0; });
    if (have_all_given && memory_.is_full()) sacrifice_one(now);
    else shorten_some();
}

/// What of streams before the present ones has had its time.
std::vector<SegmentIndexRef> Registry::take_earlier(base::Now now) {
    std::vector<SegmentIndexRef> taken;
    for (auto& [id, row] : rows_)
        if (row.earlier != nullptr && (now.instant >= row.earlier_until || memory_.is_short()))
            taken.push_back(std::move(row.earlier));
    return taken;
}

// A sixteenth of the streams is asked at a time, the least watched first and everybody once before anybody twice; all when memory is full.
void Registry::shorten_some() {
    std::vector<Row*> order;
    for (auto& [id, row] : rows_) order.push_back(&row);
    std::ranges::sort(order, {},
                      [](const Row* row) { return std::pair(row->shortened, row->stream->viewers().total()); });
    if (!memory_.is_full()) order.resize(order.size() / 16 + std::min<std::size_t>(order.size(), 1));
    for (Row* row : order) {
        ++row->shortened;
        row->stream->shard().post([stream = row->stream] { stream->shorten_windows(); });
    }
}

// What a stream costs for each who watches it, in powers of two: less than twice as much is no difference. More than anything, as
// long as it is new.
int Registry::burden(const Row& row, base::WallTime now) noexcept {
    if (now - row.snapshot->started < newcomer) return std::numeric_limits<int>::max();
    return std::bit_width(row.snapshot->input.bitrate / (row.stream->viewers().total() + 1));
}

// A stream that is over answers no longer; where there is none, one ends: a newcomer, for which there was no room; else the one that
// takes the most for each viewer, so that it harms no other; and of equals the newest.
void Registry::sacrifice_one(base::Now now) {
    for (auto row = rows_.begin(); row != rows_.end(); ++row) {
        std::shared_ptr<Stream>& stream = row->second.stream;
        if (!stream->is_over() && !row->second.is_sacrificed) continue;
        if (!stream->is_over()) return;
        if (now.wall < stream->numbers_end()) return;  // its successor could not know where numbers go on
        stream->shard().post([old = std::move(stream)] {});
        rows_.erase(row);
        return;
    }
    if (rows_.empty()) return;
    Row& row = std::ranges::max_element(rows_, {}, [&](const auto& one) {
                   return std::pair(burden(one.second, now.wall), one.second.snapshot->started);
               })->second;
    row.is_sacrificed = true;
    sacrificed_.add();
    row.stream->shard().post([stream = row.stream, now] { stream->stop(no_memory, now); });
}

}  // namespace weir::stream

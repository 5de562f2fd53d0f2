#include "stream/wire_log.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

// Zero on the wire lies this far before the log's first packet: audio may arrive a little after the video that it precedes.
constexpr media::Ticks lead_in = media::Ticks::milliseconds(1000);
constexpr std::size_t greeting_slab = 4096;
// A mark is charged as that many bytes of the log, so that tiny messages are bounded too.
constexpr std::size_t mark_cost = 256;

base::Bytes contiguous(std::vector<base::Bytes> runs) {
    if (runs.size() == 1) return std::move(runs.front());
    std::size_t size = 0;
    for (const base::Bytes& run : runs) size += run.size();
    base::Buffer buffer(size);
    auto out = buffer.span().begin();
    for (const base::Bytes& run : runs) out = std::ranges::copy(run.view(), out).out;
    return std::move(buffer).freeze();
}

std::uint64_t size_of(std::span<const base::Bytes> runs) noexcept {
    std::uint64_t size = 0;
    for (const base::Bytes& run : runs) size += run.size();
    return size;
}

}  // namespace

WireLog::WireLog(const WireFormat& format, Rendition& rendition, const Limits& limits, base::Now now)
    : format_(&format),
      rendition_(&rendition),
      limits_(limits),
      now_(now),
      out_(limits.slab_bytes.bytes()),
      greetings_(greeting_slab),
      pending_since_(base::Instant::max()),
      arrived_(now.instant),
      idle_since_(now.instant) {
    const std::deque<Entry>& held = rendition.held();
    for (std::size_t i = rendition.newest_join(); i < held.size(); ++i) write(held[i]);
    publish();
    rendition_->attach(*this);
}

WireLog::~WireLog() { rendition_->detach(*this); }

std::uint64_t WireLog::subscribe(LogSubscriber subscriber) {
    const std::uint64_t id = next_reader_++;
    auto first = std::make_shared<LogBatch>();
    first->begin = first->offset = marks_.empty() ? end_ : marks_.front().offset;
    for (const Run& run : runs_) {
        const std::uint64_t skipped = first->offset > run.offset ? first->offset - run.offset : 0;
        if (skipped < run.bytes.size()) first->bytes.push_back(run.bytes.slice(skipped));
    }
    first->marks.assign(marks_.begin(), marks_.end());
    first->ended = ended_;
    first->arrived = arrived_;
    readers_.push_back({id, subscriber});
    subscriber.executor->dispatch(
        [to = std::move(subscriber.deliver), batch = LogBatchRef(std::move(first))] { (*to)(batch); });
    return id;
}

void WireLog::unsubscribe(std::uint64_t id, base::Instant now) {
    const auto reader = std::ranges::find(readers_, id, &Reader::id);
    if (reader == readers_.end()) return;
    // A reader on this shard may leave from inside its delivery, while the readers are walked.
    if (delivering_) reader->subscriber = {};
    else readers_.erase(reader);
    idle_since_ = now;
}

void WireLog::read(const Entry& entry) {
    if (ended_) return;
    if (serializer_ != nullptr && clock_is_used_up(entry)) return end();
    write(entry);
    const media::Track* track = entry.tracks->find(entry.packet->track);
    const bool is_video = track != nullptr && track->kind == media::Kind::video;
    if (is_video || now_.instant >= deadline()) publish();
}

void WireLog::tick(base::Now now) {
    now_ = now;
    if (now.instant >= deadline()) publish();
}

void WireLog::end() {
    if (std::exchange(ended_, true)) return;
    publish();
}

bool WireLog::is_idle(base::Instant now) const noexcept {
    return readers_.empty() && now - idle_since_ >= limits_.linger;
}

base::Instant WireLog::deadline() const noexcept {
    return pending_since_ == base::Instant::max() ? pending_since_ : pending_since_ + limits_.latency;
}

// At a join point once a margin is reached, and anywhere halfway through the margin: viewers then come back to a new log.
bool WireLog::clock_is_used_up(const Entry& entry) const noexcept {
    const media::Ticks used = entry.packet->dts - origin_;
    const media::Ticks margin = format_->longest / 64;
    return used >= format_->longest - margin / 2 || (entry.join && used >= format_->longest - margin);
}

void WireLog::begin_at(const Entry& entry) {
    origin_ = std::max(media::Ticks(), entry.packet->dts - lead_in);
    serializer_ = format_->create(origin_);
    tracks_ = entry.tracks;
}

void WireLog::write(const Entry& entry) {
    if (serializer_ == nullptr) {
        if (!entry.join) return;
        begin_at(entry);
    }
    const media::Packet& packet = *entry.packet;
    const media::Track* track = entry.tracks->find(packet.track);
    if (track == nullptr) return;
    if (entry.tracks != tracks_) {
        tracks_ = entry.tracks;
        write_mark({.offset = pending_end_, .time = packet.dts, .join = false, .greeting = {}, .resume = {}});
        serializer_->tracks(*tracks_, packet.dts, out_);
        pending_end_ += append_pending();
    }
    LogMark mark{.offset = pending_end_, .time = packet.dts, .join = entry.join, .greeting = {}, .resume = {}};
    if (entry.join) greet(mark, entry);
    serializer_->write(packet, *track, out_);
    const std::uint64_t size = append_pending();
    pending_end_ += size;
    if (size > 0 || entry.join) write_mark(std::move(mark));
    newest_ = std::max(newest_, packet.dts);
    arrived_ = now_.instant;
}

void WireLog::write_mark(LogMark mark) {
    pending_marks_.push_back(std::move(mark));
    if (pending_since_ == base::Instant::max()) pending_since_ = now_.instant;
}

// What a viewer gets before the bytes at a join point; a viewer that jumps there gets the end of it.
void WireLog::greet(LogMark& mark, const Entry& entry) {
    serializer_->begin(*entry.tracks, greetings_);
    std::vector<base::Bytes> pieces = greetings_.take();
    const std::uint64_t begin_size = size_of(pieces);
    serializer_->tracks(*entry.tracks, mark.time, greetings_);
    std::ranges::move(greetings_.take(), std::back_inserter(pieces));
    if (pieces.size() == 2 && pieces.front().extend(pieces.back())) pieces.pop_back();
    mark.greeting = contiguous(std::move(pieces));
    mark.resume = mark.greeting.slice(begin_size);
}

// Takes what the serializer wrote; returns how many bytes that was.
std::uint64_t WireLog::append_pending() {
    std::uint64_t size = 0;
    for (base::Bytes& run : out_.take()) {
        size += run.size();
        if (pending_.empty() || !pending_.back().extend(run)) pending_.push_back(std::move(run));
    }
    return size;
}

void WireLog::publish() {
    pending_since_ = base::Instant::max();
    if (pending_marks_.empty() && !ended_) return;
    auto batch = std::make_shared<LogBatch>();
    batch->offset = end_;
    batch->bytes = std::exchange(pending_, {});
    batch->marks = std::exchange(pending_marks_, {});
    batch->ended = ended_;
    batch->arrived = arrived_;
    retain(*batch);
    let_go();
    batch->begin = marks_.empty() ? end_ : marks_.front().offset;
    deliver(batch);
}

void WireLog::retain(const LogBatch& batch) {
    for (const base::Bytes& run : batch.bytes) {
        if (runs_.empty() || !runs_.back().bytes.extend(run)) runs_.push_back({end_, run});
        end_ += run.size();
    }
    for (const LogMark& mark : batch.marks) {
        marks_.push_back(mark);
        greeting_bytes_ += mark.greeting.size();
        if (mark.join) newest_join_ = mark.offset;
    }
}

// Back to the older of the newest join point and `lag` ago, as far as `log_bytes` allows.
void WireLog::let_go() {
    const media::Ticks oldest = newest_ - media::Ticks::from(limits_.lag);
    const auto is_done = [&](const LogMark& mark) {
        const std::uint64_t held = std::max<std::uint64_t>(end_ - mark.offset, marks_.size() * mark_cost);
        if (held + greeting_bytes_ > limits_.log_bytes.bytes()) return true;
        return mark.offset < newest_join_ && mark.time < oldest;
    };
    for (; !marks_.empty() && is_done(marks_.front()); marks_.pop_front())
        greeting_bytes_ -= marks_.front().greeting.size();
    records_.set(marks_.size() * sizeof(LogMark));
    const std::uint64_t begin = marks_.empty() ? end_ : marks_.front().offset;
    while (!runs_.empty() && runs_.front().offset + runs_.front().bytes.size() <= begin) runs_.pop_front();
}

void WireLog::deliver(const LogBatchRef& batch) {
    delivering_ = true;
    // Readers that subscribe meanwhile have this batch in their first one.
    for (std::size_t i = 0, count = readers_.size(); i < count; ++i)
        if (const LogSubscriber to = readers_[i].subscriber; to.executor != nullptr)
            to.executor->dispatch([deliver = to.deliver, batch] { (*deliver)(batch); });
    delivering_ = false;
    std::erase_if(readers_, [](const Reader& reader) { return reader.subscriber.executor == nullptr; });
}

}  // namespace weir::stream

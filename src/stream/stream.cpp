#include "stream/stream.hpp"

#include "config/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::stream {

namespace {

using namespace std::chrono_literals;

constexpr base::Duration silence = 2s;  ///< after which `takeover: silent` gives the name away
constexpr std::string_view paused_by_operator = "paused by an operator";
constexpr media::Ticks patience_for_keyframe = media::Ticks::milliseconds(10'000);

base::Now not_before(base::Now now, base::WallTime earliest) noexcept {
    return {now.instant, std::max(now.wall, earliest)};
}

}  // namespace

Stream::Stream(base::StreamId id, Settings settings, base::Executor& shard, const PackagerFactory& packager,
               base::Now now)
    : id_(std::move(id)),
      settings_(std::move(settings)),
      shard_(&shard),
      since_(now.wall),
      since_instant_(now.instant),
      started_(not_before(now, settings_.not_before)),
      budget_(settings_.faults, settings_.fault_window),
      splice_(settings_.origin),
      boundaries_(settings_.options.segment, now.instant),
      now_(now),
      packager_(packager(id_, settings_.options, started_)),
      source_("source", settings_.held),
      stills_(id_, *shard_, settings_.still),
      ladder_({.id = id_,
               .shard = *shard_,
               .journal = settings_.journal,
               .packager = *packager_,
               .wall = wall_,
               .logs = logs_,
               .stills = stills_.sink()},
              settings_.transcoder, {.held = settings_.held, .rung = settings_.rung}),
      logs_(settings_.log) {
    source_.attach(*this);
    packager_->on_change([this] { tell_index(); });
}

// While everything that it speaks to is still there.
Stream::~Stream() {
    ladder_.close();
    stills_.close();
}

// Publishers

base::Result<PublicationId> Stream::publish(PublisherInfo info, Evict evict_newcomer, base::Now now) {
    if (stream::is_over(state_)) return base::fail(base::ErrorKind::refused, "the stream is ending");
    if (publisher_) {
        using enum config::Takeover;
        const bool is_silent = now.instant - publisher_->heard >= silence;
        if (settings_.options.takeover == refuse)
            return base::fail(base::ErrorKind::refused, "somebody publishes this stream already");
        if (settings_.options.takeover == silent && !is_silent)
            return base::fail(base::ErrorKind::refused,
                              "somebody publishes this stream already, and has not fallen silent");
        evict("another publisher took over", now);
    }
    happen(Happening::publisher_came, "", now);
    publisher_.emplace(next_publication_++, std::move(info), std::move(evict_newcomer), now.instant);
    splice_.begin();
    if (settings_.options.paused) happen(Happening::paused, paused_by_operator, now);
    return publisher_->id;
}

void Stream::leave(PublicationId publication, std::string_view reason, base::Now now) {
    if (is_current(publication)) lose(reason, now);
}

void Stream::fault(PublicationId publication, const base::Error& error, base::Now now) {
    if (!is_current(publication)) return;
    happen(Happening::fault, error.text, now);
    lose(error.text, now);
    if (!budget_.spend(now.instant)) {
        happen(Happening::budget_exhausted, error.text, now);
        finish(now);
    }
}

void Stream::stop(std::string_view reason, base::Now now) {
    if (stream::is_over(state_)) return;
    const Evict tell = publisher_ ? forget_publisher() : Evict();
    happen(Happening::stop_requested, reason, now);
    finish(now);
    if (tell) tell(reason);
}

bool Stream::kick(std::string_view publisher, std::string_view reason, base::Now now) {
    if (!publisher_ || publisher_->info.id != publisher) return false;
    evict(reason, now);
    return true;
}

void Stream::set_options(const config::StreamOptions& options, base::Now now) {
    const bool was_paused = settings_.options.paused;
    config::take_live_options(settings_.options, options);
    packager_->set_window(settings_.options.window);
    const bool is_paused = settings_.options.paused;
    if (is_paused == was_paused || !publisher_) return;
    if (is_paused) pause(now);
    else resume(now);
}

// For viewers a publisher that is gone: the hold, without its end.
void Stream::pause(base::Now now) {
    happen(Happening::paused, paused_by_operator, now);
    ladder_.flush(now);
}

// For viewers a publisher that is back.
void Stream::resume(base::Now now) {
    happen(Happening::publisher_came, "", now);
    reason_ = "resumed; the next keyframe is waited for";
    since_ = now.wall;
    splice_.begin();
}

// The publisher does not know yet that it is no longer wanted. It may answer with `leave`, which nobody minds.
void Stream::evict(std::string_view reason, base::Now now) {
    const Evict tell = forget_publisher();
    happen(Happening::publisher_lost, reason, now);
    ladder_.flush(now);
    tell(reason);
}

void Stream::lose(std::string_view reason, base::Now now) {
    (void)forget_publisher();
    happen(Happening::publisher_lost, reason, now);
    ladder_.flush(now);
}

Stream::Evict Stream::forget_publisher() {
    input_.timestamp_faults += publisher_->faults;
    Evict evict = std::move(publisher_->evict);
    publisher_.reset();
    return evict;
}

void Stream::happen(Happening happening, std::string_view reason, base::Now now) {
    const Step step = next(state_, happening);
    assert(step.legal);
    if (state_ == step.next && happening != Happening::publisher_lost && happening != Happening::paused) return;
    state_ = step.next;
    reason_ = reason;
    since_ = now.wall;
    since_instant_ = now.instant;
    const bool is_trouble = state_ == State::recovering || state_ == State::failed;
    settings_.journal.write(is_trouble ? base::LogLevel::warning : base::LogLevel::info, name(state_),
                            {{"reason", reason}});
}

void Stream::finish(base::Now now) {
    ladder_.flush(now);
    const base::WallTime end =
        std::chrono::floor<std::chrono::seconds>(started_.wall + (now.instant - started_.instant)) + 1s;
    numbers_end_.store(end.time_since_epoch().count(), std::memory_order_release);
    over_.store(true, std::memory_order_release);
    close_when_drained(now);
}

// The last segment waits for what the encoders still hold of it.
void Stream::close_when_drained(base::Now now) {
    if (is_closed_ || !ladder_.is_drained(now)) return;
    is_closed_ = true;
    ladder_.close();
    stills_.close();
    source_.clear();
    logs_.set_now(now);
    ladder_.finish();
    packager_->end();
    tell_index();
    index_feed_.end();
    logs_.end();
}

// Media

void Stream::push(PublicationId publication, std::vector<Item> items, const TimestampFaults& faults, base::Now now) {
    if (!is_current(publication)) return;
    publisher_->heard = now.instant;
    publisher_->faults = faults;
    if (settings_.options.paused) return;
    logs_.set_now(now);
    now_ = now;
    for (Item& item : items) write(std::move(item), now);
    if (!publisher_->waits_told && splice_.waited() >= patience_for_keyframe) {
        publisher_->waits_told = true;
        settings_.journal.warning("the publisher sends, but no keyframe to start from");
    }
}

void Stream::write(Item item, base::Now now) {
    std::optional<Spliced> spliced = splice_.map(std::move(item), boundaries_.may_begin(now.instant));
    if (!spliced) return;
    media::Packet& packet = spliced->packet;
    if (TrackRungs::is_beside(*spliced->tracks, packet.track)) return write_beside(std::move(*spliced), now);
    if (state_ != State::running) happen(Happening::media_came, "", now);
    if (spliced->starts) wall_.jump(packet.dts, now.wall);
    else wall_.observe(packet.dts, now.wall);
    packet.segment_boundary = boundaries_.decide(packet, splice_.leading_track(), spliced->starts, now.instant);
    if (boundaries_.source_leads() != source_left_out_.empty()) offer_source(boundaries_.source_leads());
    if (packet.segment_boundary) wall_.begin_segment(packet.dts, now.wall);
    count(*spliced, now);
    source_.write(std::make_shared<const media::Packet>(std::move(packet)), of_source(spliced->tracks));
}

// Another quality, or another sound: the ladder's, where it has use for it.
void Stream::write_beside(Spliced spliced, base::Now now) {
    count(spliced, now);
    const media::Track& track = *spliced.tracks->find(spliced.packet.track);
    ladder_.take_beside(std::move(spliced.packet), track, now);
}

// The same pointer as long as the tracks are the same.
media::TrackSetRef Stream::of_source(const media::TrackSetRef& all) {
    if (all == all_tracks_) return first_tracks_;
    all_tracks_ = all;
    first_tracks_ = all;
    const auto is_beside = [&](const media::Track& track) { return TrackRungs::is_beside(*all, track.id); };
    if (std::ranges::none_of(all->tracks, is_beside)) return first_tracks_;
    auto first = std::make_shared<media::TrackSet>(*all);
    std::erase_if(first->tracks, is_beside);
    return first_tracks_ = std::move(first);
}

void Stream::count(const Spliced& spliced, base::Now now) {
    if (spliced.packet.track == splice_.leading_track()) ++input_.frames;
    input_.bytes += spliced.packet.payload.size();
    rate_.add(spliced.packet.payload.size(), now.instant);
}

void Stream::read(const Entry& entry) {
    packager_->write(entry, wall_.wall(entry.packet->dts, now_.wall));
    ladder_.follow(source_, entry, *splice_.tracks(), settings_.options, now_);
}

void Stream::offer_source(bool is_offered) {
    packager_->offer_source(is_offered);
    source_left_out_.clear();
    if (is_offered) return;
    source_left_out_ = fmt::format("keyframes more than {:.1f} s apart", boundaries_.keyframe_distance().to_seconds());
    settings_.journal.warning(
        fmt::format("{}: `source` is not in HLS; set the encoder's keyframe interval to 2 s", source_left_out_));
}

// Whether there are encoders to lead, and what they have to keep to.
void Stream::follow_encoders() {
    boundaries_.set_encoders(ladder_.has_pictures());
    const SegmentIndexRef index = packager_->index();
    if (index != nullptr) boundaries_.set_longest(index->target_duration);
}

// Viewers

base::Result<std::uint64_t> Stream::open_log(std::string_view rung, const WireFormat& format, LogSubscriber subscriber,
                                             base::Now now) {
    Rendition* const rendition = rung == source_.name() ? &source_ : ladder_.find(rung);
    if (rendition == nullptr) return base::fail(base::ErrorKind::not_found, "the stream has no such rendition");
    if (stream::is_over(state_)) return base::fail(base::ErrorKind::closed, "the stream is over");
    if (!logs_.has(*rendition, format) && is_memory_full())
        return base::fail(base::ErrorKind::too_large, "the memory that `limits.memory` allows is in use");
    const auto id = logs_.open(*rendition, format, std::move(subscriber), now);
    note_followers();
    return id;
}

void Stream::close_log(const WireFormat&, std::uint64_t id, base::Now now) { logs_.close(id, now); }

std::uint64_t Stream::watch_index(IndexSubscriber subscriber) {
    const std::uint64_t id = index_feed_.subscribe(std::move(subscriber));
    note_followers();
    return id;
}

void Stream::unwatch_index(std::uint64_t id) {
    index_feed_.unsubscribe(id);
    note_followers();
}

void Stream::tell_index() {
    const SegmentIndexRef index = packager_->index();
    if (!index_feed_.has(index) && settings_.index_changed) settings_.index_changed(*this, index);
    index_feed_.publish(index);
}

// Time

void Stream::tick(base::Now now) {
    const config::StreamOptions& options = settings_.options;
    ladder_.tick(now);
    stills_.tick(now);
    follow_encoders();
    if (is_over()) close_when_drained(now);
    if (publisher_ && now.instant - publisher_->heard >= options.timeout) evict("the publisher fell silent", now);
    if (!publisher_ && state_ == State::recovering && now.instant - since_instant_ >= options.hold) {
        happen(Happening::hold_over, reason_, now);
        finish(now);
    } else if (state_ == State::fresh && now.instant - since_instant_ >= options.timeout) {
        stop("nobody published it", now);
    } else if (state_ == State::stopping && is_closed_) {
        happen(Happening::drained, reason_, now);
    }
    logs_.tick(now);
    note_followers();
    tell_index();
    tell_remarks();
    count_audience(now.instant);
}

void Stream::count_audience(base::Instant now) {
    if (now - audience_counted_ < std::chrono::seconds(1)) return;
    audience_counted_ = now;
    const SegmentIndexRef index = packager_->index();
    if (index == nullptr) return;
    const base::Duration lifetime = index->target_duration.to_duration() * 3;
    for (const ViewerProtocol protocol : polled)
        viewers_[protocol].store(
            static_cast<std::uint32_t>(audiences_[static_cast<std::size_t>(protocol)].count(now, lifetime)));
}

void Stream::tell_remarks() {
    for (const std::string& remark : packager_->take_remarks()) settings_.journal.warning(remark);
}

bool Stream::is_gone(base::Now now) const noexcept {
    if (state_ != State::stopped && state_ != State::failed) return false;
    return splice_.tracks() == nullptr || now.instant - since_instant_ >= settings_.options.window;
}

StreamSnapshotRef Stream::snapshot(base::Now now) const {
    auto snapshot = std::make_shared<StreamSnapshot>();
    snapshot->id = id_;
    snapshot->state = state_;
    snapshot->reason = reason_;
    snapshot->since = since_;
    snapshot->started = started_.wall;
    snapshot->tracks = splice_.tracks();
    snapshot->input = input_;
    snapshot->input.bitrate = rate_.bits_per_second(now.instant);
    if (publisher_) {
        snapshot->publisher = publisher_->info;
        snapshot->input.timestamp_faults += publisher_->faults;
    }
    snapshot->segments = packager_->index();
    snapshot->options = settings_.options;
    snapshot->source_left_out = source_left_out_;
    snapshot->rungs = ladder_.snapshot(now.instant);
    snapshot->is_ladder_decided = ladder_.is_decided();
    snapshot->worker = ladder_.worker();
    snapshot->still = stills_.newest();
    snapshot->still_trouble = stills_.trouble();
    return snapshot;
}

bool Stream::is_news(const StreamSnapshot& shown) const noexcept {
    const std::string_view publisher = publisher_ ? std::string_view(publisher_->info.id) : std::string_view();
    const std::string_view shown_publisher =
        shown.publisher ? std::string_view(shown.publisher->id) : std::string_view();
    return state_ != shown.state || since_ != shown.since || publisher != shown_publisher ||
           splice_.tracks() != shown.tracks || packager_->index() != shown.segments ||
           source_left_out_ != shown.source_left_out || ladder_.is_decided() != shown.is_ladder_decided ||
           stills_.newest() != shown.still || stills_.trouble() != shown.still_trouble || ladder_.is_news(shown.rungs);
}

}  // namespace weir::stream

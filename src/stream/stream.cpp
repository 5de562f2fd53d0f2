#include "stream/stream.hpp"

#include "config/streams.hpp"
#include "stream/arrival.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::stream {

namespace {

using namespace std::chrono_literals;

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
      watched_(now.instant),
      started_(not_before(now, settings_.not_before)),
      budget_(settings_.faults, settings_.fault_window),
      contenders_(settings_.contender),
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
      logs_(settings_.log),
      standbys_(settings_.standby) {
    source_.attach(*this);
    packager_->on_change([this] { tell_index(); });
}

// While everything that it speaks to is still there.
Stream::~Stream() {
    (void)contenders_.remove_all();
    standbys_.close();
    ladder_.close();
    stills_.close();
}

// Publishers

base::Result<PublicationId> Stream::publish(PublisherInfo info, Evict evict, base::Now now) {
    if (stream::is_over(state_)) return base::fail(base::ErrorKind::refused, "the stream is ending");
    TRY(contenders_.check_takeover(info.rank, settings_.options.takeover, now.instant));
    if (const auto* const rival = contenders_.find(info.rank)) {
        constexpr std::string_view reason = "another publisher took over";
        drop(*rival, reason, now)(reason);
    }
    Contenders::Contender& newcomer = contenders_.add(std::move(info), std::move(evict), now.instant);
    if (contenders_.on_air() == nullptr && !is_anybody_due(now)) put_on_air(newcomer, "", now);
    if (settings_.options.paused) happen(Happening::paused, paused_by_operator, now);
    return newcomer.id;
}

void Stream::leave(PublicationId publication, std::string_view reason, base::Now now) {
    if (const Contenders::Contender* const gone = contenders_.find(publication)) drop(*gone, reason, now);
}

// Where another is on air, or goes on air, its trouble is not the stream's.
void Stream::fault(PublicationId publication, const base::Error& error, base::Now now) {
    const Contenders::Contender* const broken = contenders_.find(publication);
    if (broken == nullptr) return;
    if (contenders_.is_on_air(*broken)) happen(Happening::fault, error.text, now);
    drop(*broken, error.text, now);
    if (budget_.spend(now.instant) || state_ != State::recovering) return;
    happen(Happening::budget_exhausted, error.text, now);
    finish(error.text, now);
}

void Stream::stop(std::string_view reason, base::Now now) {
    if (stream::is_over(state_)) return;
    happen(Happening::stop_requested, reason, now);
    finish(reason, now);
}

bool Stream::kick(std::string_view publisher, std::string_view reason, base::Now now) {
    const auto* const kicked = contenders_.find(publisher);
    if (kicked != nullptr) drop(*kicked, reason, now)(reason);
    return kicked != nullptr;
}

void Stream::set_options(const config::StreamOptions& options, base::Now now) {
    const bool was_paused = settings_.options.paused;
    const auto ladder_of = [](const config::StreamOptions& of) { return std::pair(of.ladder, of.transcode); };
    const bool is_another_ladder = ladder_of(settings_.options) != ladder_of(options);
    config::take_live_options(settings_.options, options);
    if (is_another_ladder) ladder_.change();
    packager_->set_window(settings_.options.window);
    const bool is_paused = settings_.options.paused;
    if (is_paused == was_paused || !contenders_.has_source()) return;
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

// The publisher may not know yet that it is gone. It may answer with `leave`, which nobody minds.
Evict Stream::drop(const Contenders::Contender& gone, std::string_view reason, base::Now now) {
    const bool was_on_air = contenders_.is_on_air(gone);
    const bool was_slate = gone.info.rank == Rank::slate;
    Evict tell = forget(gone);
    if (!was_on_air) return tell;
    if (state_ != State::error) choose(reason, now);
    if (contenders_.on_air() != nullptr) return tell;
    if (state_ == State::running && is_anybody_due(now)) reason_ = reason;
    else if (was_slate) ladder_.flush(now);
    else lose(reason, now);
    choose(reason, now);
    return tell;
}

// Nobody is on air for a moment, until a segment may start.
bool Stream::is_anybody_due(base::Now now) {
    return contenders_.on_air() == nullptr && !settings_.options.paused &&
           contenders_.choose(rules(), now.instant).has_value();
}

void Stream::lose(std::string_view reason, base::Now now) {
    happen(Happening::publisher_lost, reason, now);
    ladder_.flush(now);
}

Evict Stream::forget(const Contenders::Contender& gone) {
    input_.timestamp_faults += gone.faults;
    return contenders_.remove(gone);
}

// On air

// Not while no segment may start: what a contender holds would be lost on it.
void Stream::choose(std::string_view why, base::Now now) {
    if (settings_.options.paused) return;
    const auto change = contenders_.choose(rules(), now.instant);
    if (!change || settings_.options.paused) return;
    change->to.is_due = true;
    if (!boundaries_.may_begin(now.instant)) return;
    const std::string text = change->text(why);
    const bool is_good = change->reason == SwitchReason::returned;
    settings_.journal.write(is_good ? base::LogLevel::info : base::LogLevel::warning, "another source is on air",
                            {{"now", name(change->to.info.rank)},
                             {"publisher", change->to.info.id},
                             {"reason", name(change->reason)},
                             {"because", text}});
    contenders_.count(*change);
    put_on_air(change->to, text, now);
}

// With the slate alone the stream recovers still: only its viewers have something to look at.
void Stream::put_on_air(Contenders::Contender& one, std::string_view why, base::Now now) {
    const Rank rank = one.info.rank;
    contenders_.put_on_air(one, now.instant);
    splice_.begin();
    watched_ = now.instant;
    unwatched_.store(false, std::memory_order_relaxed);
    if (rank != Rank::slate) {
        if (state_ == State::fresh || state_ == State::recovering) happen(Happening::publisher_came, "", now);
    } else if (state_ != State::recovering) {
        happen(Happening::publisher_lost, why, now);
    }
    logs_.set_now(now);
    now_ = now;
    for (const HeldGroup::Held& held : one.held.all()) write(held.item, held.came, now);
    if (state_ == State::running) reason_ = rank == Rank::source ? std::string_view() : why;
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

void Stream::finish(std::string_view reason, base::Now now) {
    ladder_.flush(now);
    const base::WallTime end =
        std::chrono::floor<std::chrono::seconds>(started_.wall + (now.instant - started_.instant)) + 1s;
    numbers_end_.store(end.time_since_epoch().count(), std::memory_order_release);
    over_.store(true, std::memory_order_release);
    input_.timestamp_faults += contenders_.faults();
    const std::vector<Evict> told = contenders_.remove_all();
    followers_.clear();
    close_when_drained(now);
    for (const Evict& tell : told) tell(reason);
    standbys_.close();
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
    Contenders::Contender* const from = contenders_.find(publication);
    if (from == nullptr) return;
    Contenders::hear(*from, faults, rules(), now.instant);
    if (settings_.options.paused) return;
    logs_.set_now(now);
    now_ = now;
    const media::Ticks newest = newest_of(items);
    for (Item& item : items) {
        const base::Now came = earlier(now, newest - item.packet.dts);
        take(*from, std::move(item), came, now);
    }
    if (contenders_.is_on_air(*from) && !from->waits_told && splice_.waited() >= patience_for_keyframe) {
        from->waits_told = true;
        settings_.journal.warning("the publisher sends, but no keyframe to start from");
    }
}

// Who waits for a segment to start holds what it sends. Where others stand by, the one on air does so as well: it may have to come
// back at once.
void Stream::take(Contenders::Contender& from, Item item, base::Now came, base::Now now) {
    const bool is_on_air = contenders_.is_on_air(from);
    from.pace.note(item.packet.dts, now.instant);
    if (is_memory_full()) from.held.drop();
    else if (!is_on_air || contenders_.size() > 1) from.held.put(item, came);
    if (is_on_air) note_pace(from.pace.is_calm(now.instant));
    if (is_on_air) write(std::move(item), came, now);
    else choose(reason_, now);
}

// A packet that was held tells the time of day at which it came, as far as that of the stream goes on.
void Stream::write(Item item, base::Now came, base::Now now) {
    std::optional<Spliced> spliced = splice_.map(std::move(item), boundaries_.may_begin(now.instant));
    if (!spliced) return;
    contenders_.on_air()->is_shown = true;
    media::Packet& packet = spliced->packet;
    if (TrackRungs::is_beside(*spliced->tracks, packet.track)) return write_beside(std::move(*spliced), now);
    if (state_ != State::running && !contenders_.is_on_air(Rank::slate)) happen(Happening::media_came, "", now);
    if (spliced->starts) wall_.jump(packet.dts, std::max(came.wall, wall_.wall(packet.dts)));
    else wall_.observe(packet.dts, came.wall);
    packet.segment_boundary = boundaries_.decide(packet, splice_.leading_track(), spliced->starts, now.instant);
    if (boundaries_.source_leads() != source_left_out_.empty()) offer_source(boundaries_.source_leads());
    if (packet.segment_boundary) wall_.begin_segment(packet.dts, now.wall);
    count(*spliced, now);
    source_.write(std::make_shared<const media::Packet>(std::move(packet)), first_tracks_.of(spliced->tracks));
}

// Another quality, or another sound: the ladder's, where it has use for it.
void Stream::write_beside(Spliced spliced, base::Now now) {
    count(spliced, now);
    const media::Track& track = *spliced.tracks->find(spliced.packet.track);
    ladder_.take_beside(std::move(spliced.packet), track, now);
}

void Stream::count(const Spliced& spliced, base::Now now) {
    if (spliced.packet.track == splice_.leading_track()) ++input_.frames;
    input_.bytes += spliced.packet.payload.size();
    rate_.add(spliced.packet.payload.size(), now.instant);
}

void Stream::read(const Entry& entry) {
    packager_->write(entry, wall_.wall(entry.packet->dts));
    ladder_.follow(source_, entry, *splice_.tracks(), settings_.options, now_);
    if (contenders_.is_on_air(Rank::source)) followers_.give(entry, now_);
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
    follow_contenders(now);
    if (!contenders_.has_source() && state_ == State::recovering && now.instant - since_instant_ >= options.hold) {
        happen(Happening::hold_over, reason_, now);
        finish(reason_, now);
    } else if (state_ == State::fresh && now.instant - since_instant_ >= options.timeout) {
        stop("nobody published it", now);
    } else if (state_ == State::stopping && is_closed_) {
        happen(Happening::drained, reason_, now);
    }
    logs_.tick(now);
    note_followers();
    tell_index();
    tell_remarks();
    audiences_.count(packager_->index(), viewers_, now.instant);
    note_watchers(now.instant);
}

// Who has sent nothing for too long goes; who stands in comes; and another is on air where it is time.
void Stream::follow_contenders(base::Now now) {
    constexpr std::string_view reason = "the publisher fell silent";
    while (const auto* const gone = contenders_.find_silent(settings_.options.timeout, now.instant))
        drop(*gone, reason, now)(reason);
    choose(reason_, now);
    if (state_ == State::running && contenders_.on_air() == nullptr && !is_anybody_due(now)) lose(reason, now);
    followers_.tick();
    standbys_.tick(*this, contenders_, rules(), settings_.options, splice_.tracks() != nullptr, now);
}

void Stream::tell_remarks() {
    for (const std::string& remark : packager_->take_remarks()) settings_.journal.warning(remark);
}

bool Stream::is_gone(base::Now now) const noexcept {
    if (state_ != State::stopped && state_ != State::failed) return false;
    return splice_.tracks() == nullptr || now.instant - since_instant_ >= settings_.options.window;
}

}  // namespace weir::stream

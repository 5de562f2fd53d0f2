#include "transcode/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::transcode {

namespace {

namespace relay = format::relay;
using std::chrono::microseconds;

constexpr base::Duration first_wait = std::chrono::milliseconds(200);
// A worker that has been well for so long is no longer part of a chain of crashes.
constexpr base::Duration proven = std::chrono::seconds(30);
// A decoder may keep so many packets to itself before the first frame comes out.
constexpr std::uint32_t owed = 32;
constexpr std::size_t remembered_boundaries = 64;
constexpr base::Duration minute = std::chrono::minutes(1);

media::Kind kind_of(const stream::Entry& entry) {
    const media::Track* const track = entry.tracks->find(entry.packet->track);
    return track == nullptr ? media::Kind::audio : track->kind;
}

media::Kind made_by(const relay::Setup& setup) {
    const bool is_of_sound = !setup.rungs.empty() && std::ranges::all_of(setup.rungs, [](const relay::RungSetup& rung) {
        return rung.kind == media::Kind::audio;
    });
    return is_of_sound ? media::Kind::audio : media::Kind::video;
}

std::uint64_t work_done(const relay::Report& report) noexcept {
    std::uint64_t sum = report.frames + report.decode_errors + report.dropped;
    for (const relay::RungReport& rung : report.rungs) sum += rung.frames + rung.dropped;
    return sum;
}

}  // namespace

Supervisor::Supervisor(std::vector<stream::RungPlan> plan, relay::Setup setup, std::string program, Limits limits,
                       std::uint32_t seed)
    : limits_(limits),
      plan_(std::move(plan)),
      setup_(std::move(setup)),
      program_(std::move(program)),
      made_(made_by(setup_)),
      replay_(limits, made_),
      overload_(setup_.rungs, limits),
      budget_(limits.faults, limits.fault_window),
      backoff_(first_wait, limits.longest_wait),
      random_(seed) {
    for (std::size_t i = 0; i < plan_.size(); ++i) {
        if (!plan_[i].left_out.empty()) continue;
        rungs_.emplace_back().place = i;
        with_sound_ |= plan_[i].kind == media::Kind::audio;
    }
    assert(rungs_.size() == setup_.rungs.size());
}

// --- The source ---

void Supervisor::write(const stream::Entry& entry, base::Now now) {
    if (state_ == State::failed || rungs_.empty()) return;
    note(entry);
    if (!is_wanted(entry)) return;
    replay_.write(entry);
    if (replay_.begins(entry)) is_catching_up_ = false;
    if (state_ == State::idle) start();
    if (state_ == State::working) give(entry, now);
}

void Supervisor::note(const stream::Entry& entry) {
    const media::Packet& packet = *entry.packet;
    newest_ = std::max(newest_, packet.dts);
    if (packet.discontinuity)
        for (Rung& rung : rungs_) rung.output.source_broke(packet.dts);
    if (!packet.segment_boundary) return;
    boundaries_.push_back(packet.pts);
    if (boundaries_.size() > remembered_boundaries) boundaries_.pop_front();
}

bool Supervisor::is_wanted(const stream::Entry& entry) const {
    const media::Kind kind = kind_of(entry);
    return kind == made_ || (kind == media::Kind::audio && with_sound_);
}

void Supervisor::give(const stream::Entry& entry, base::Now now) {
    const bool follows = is_synced_ || replay_.begins(entry);
    const bool has_room = !is_congested_ || is_catching_up_;
    if (!follows || !has_room) {
        if (follows || is_dropping_) drop(entry);
        return;
    }
    is_dropping_ = false;
    is_synced_ = true;
    if (entry.tracks != sent_tracks_) {
        sent_tracks_ = entry.tracks;
        send(relay::Tracks{.rendition = relay::source, .tracks = entry.tracks});
    }
    send(relay::Media{.rendition = relay::source, .packet = *entry.packet});
    if (unanswered_++ == 0) unanswered_since_ = now.instant;
}

// A boundary that no encoder sees is none in any rung: they begin again at the next.
void Supervisor::drop(const stream::Entry& entry) {
    is_synced_ = false;
    is_dropping_ = true;
    if (kind_of(entry) != made_) return;
    ++dropped_;
    if (!entry.packet->segment_boundary) return;
    for (Rung& rung : rungs_)
        if (rung.output.is_flowing()) add(RungInterrupted{rung.place});
}

void Supervisor::flush(base::Now now) {
    replay_.clear();
    is_synced_ = false;
    if (state_ != State::working || is_draining_ || sent_tracks_ == nullptr) return;
    is_draining_ = true;
    if (unanswered_ == 0) unanswered_since_ = now.instant;
    send(relay::Drain{});
}

// --- The worker's life ---

void Supervisor::start() {
    state_ = State::starting;
    ++starts_;
    add(Spawn{});
}

void Supervisor::spawned(std::int64_t pid, base::Now now) {
    if (state_ != State::starting) return;
    pid_ = pid;
    state_ = State::greeting;
    since_ = now.instant;
    send(relay::Hello{.version = relay::version, .program = program_});
}

void Supervisor::take(const relay::Hello&, base::Now now) {
    if (state_ == State::greeting) begin_work(now);
}

// What is held is given at once, so that the rungs do not wait for the source's next keyframe.
void Supervisor::begin_work(base::Now now) {
    state_ = State::working;
    since_ = now.instant;
    overload_.began(now.instant);
    relay::Setup setup = setup_;
    if (starts_ > 1)
        if (const auto from = replay_.worth_encoding(delivered())) setup.encode_from = *from;
    send(std::move(setup));
    for (std::size_t i = 0; i < rungs_.size(); ++i)
        if (overload_.is_shed(i))
            send(relay::SwitchRung{.rendition = static_cast<relay::Rendition>(i + 1), .on = false});
    if (replay_.entries().empty()) return;
    is_catching_up_ = true;
    replayed_to_ = newest_;
    for (const stream::Entry& entry : replay_.entries()) give(entry, now);
}

std::optional<media::Ticks> Supervisor::delivered() const {
    std::optional<media::Ticks> newest;
    for (const Rung& rung : rungs_) newest = std::max(newest, rung.output.delivered());
    return newest;
}

void Supervisor::exited(std::string_view how, base::Now now) {
    pid_ = 0;
    if (state_ == State::idle || state_ == State::waiting || state_ == State::failed) return;
    if (state_ != State::ending) lose_worker(how, now);
    if (state_ == State::failed) return;
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    const base::Duration wait = backoff_.next(random);
    state_ = State::waiting;
    since_ = now.instant + wait;
    add(Remark{base::LogLevel::warning,
               fmt::format("the worker ended ({}); the next one starts in {} ms", trouble_,
                           std::chrono::duration_cast<std::chrono::milliseconds>(wait).count())});
}

void Supervisor::broken(std::string_view reason, base::Now now) { kill(std::string(reason), now); }

void Supervisor::kill(std::string reason, base::Now now) {
    if (state_ != State::greeting && state_ != State::working) return;
    lose_worker(reason, now);
    if (state_ != State::failed) state_ = State::ending;
    add(Kill{std::move(reason)});
}

// Everything that was of the worker is forgotten, but what it has done; the budget decides whether there is another.
void Supervisor::lose_worker(std::string_view reason, base::Now now) {
    if (state_ == State::working && now.instant - since_ >= proven) backoff_.reset();
    // Perhaps what it was given is what it died of: the next one does not begin with the same.
    if (replayed_to_) replay_.clear();
    trouble_ = reason;
    dropped_earlier_ += report_.dropped;
    for (Rung& rung : rungs_) {
        interrupt(rung);
        rung.output.forget_tracks();
        rung.dropped_earlier += std::exchange(rung.report, {}).dropped;
    }
    report_ = {};
    unanswered_ = 0;
    replayed_to_.reset();
    sent_tracks_.reset();
    owes_still_ = is_synced_ = is_draining_ = is_congested_ = is_dropping_ = is_catching_up_ = false;
    if (budget_.spend(now.instant)) return;
    state_ = State::failed;
    replay_.clear();
    trouble_ = fmt::format("its workers ended too often, at last: {}", reason);
    add(Remark{base::LogLevel::error, fmt::format("the rungs are given up: {}", trouble_)});
}

void Supervisor::interrupt(Rung& rung) {
    if (rung.output.interrupt()) add(RungInterrupted{rung.place});
}

// --- What the worker says ---

void Supervisor::receive(relay::Message message, base::Now now) {
    if (state_ != State::greeting && state_ != State::working) return;
    if (state_ == State::greeting && !std::holds_alternative<relay::Hello>(message))
        return kill("it does not say Hello", now);
    heard_ = now.instant;
    std::visit([&](auto& value) { take(value, now); }, message);
}

void Supervisor::unread(base::Now now) noexcept {
    heard_ = unanswered_since_ = now.instant;
    if (state_ == State::greeting) since_ = now.instant;
}

void Supervisor::take(const relay::Tracks& tracks, base::Now now) {
    Rung* const rung = rung_of(tracks.rendition);
    if (rung == nullptr || tracks.tracks == nullptr || tracks.tracks->tracks.size() != 1 ||
        tracks.tracks->tracks.front().kind != plan_[rung->place].kind)
        return kill("it announces tracks that nobody asked for", now);
    rung->output.set_tracks(tracks.tracks);
}

void Supervisor::take(relay::Media& media, base::Now now) {
    Rung* const rung = rung_of(media.rendition);
    media::Packet& packet = media.packet;
    if (rung == nullptr || rung->output.tracks() == nullptr || rung->output.tracks()->find(packet.track) == nullptr)
        return kill("it sends packets of no track", now);
    if (!is_near(packet.dts) || !is_near(packet.pts) || packet.duration < media::Ticks() ||
        packet.duration > media::Ticks::from(limits_.clock_error))
        return kill("its packets have times that cannot be", now);
    progressed(now);
    if (replayed_to_ && packet.pts >= *replayed_to_) replayed_to_.reset();
    // What a rung still had in its encoder when it was given up is of no use to anyone.
    if (overload_.is_shed(static_cast<std::size_t>(media.rendition - 1))) return;
    if (plan_[rung->place].kind == media::Kind::video &&
        std::ranges::find(boundaries_, packet.pts) == boundaries_.end())
        packet.segment_boundary = false;
    const bool was_flowing = rung->output.is_flowing();
    if (rung->output.accept(packet)) add(RungPacket{rung->place, std::move(packet), rung->output.tracks()});
    else if (was_flowing && !rung->output.is_flowing()) add(RungInterrupted{rung->place});
}

// Compared so that no time whatever can overflow.
bool Supervisor::is_near(media::Ticks time) const noexcept {
    const media::Ticks error = media::Ticks::from(limits_.clock_error);
    return time >= newest_ - error && time <= newest_ + error;
}

Supervisor::Rung* Supervisor::rung_of(relay::Rendition rendition) noexcept {
    return rendition == relay::source || rendition > rungs_.size() ? nullptr : &rungs_[rendition - 1U];
}

void Supervisor::take(const relay::Drained&, base::Now now) {
    if (!is_draining_) return kill("it says that it is drained, and nobody asked", now);
    is_draining_ = false;
    progressed(now);
}

void Supervisor::progressed(base::Now now) noexcept {
    unanswered_ = 0;
    unanswered_since_ = now.instant;
}

void Supervisor::take(const relay::Report& report, base::Now now) {
    if (report.rungs.size() != rungs_.size()) return kill("it reports on rungs that there are not", now);
    if (work_done(report) != work_done(report_)) progressed(now);
    report_ = report;
    for (std::size_t i = 0; i < rungs_.size(); ++i) rungs_[i].report = report.rungs[i];
    if (report.memory > limits_.worker_memory.bytes())
        return kill(
            fmt::format("it has grown to {} of {} MiB", report.memory >> 20, limits_.worker_memory.bytes() >> 20), now);
    if (const std::optional<Switch> change = overload_.receive(report, now.instant)) switch_rung(*change);
}

void Supervisor::switch_rung(const Switch& change) {
    Rung& rung = rungs_[change.rung];
    send(relay::SwitchRung{.rendition = static_cast<relay::Rendition>(change.rung + 1), .on = change.on});
    if (!change.on) interrupt(rung);
    add(Remark{change.on ? base::LogLevel::info : base::LogLevel::warning,
               fmt::format("rung {} is {}: {}", plan_[rung.place].name,
                           change.on ? "made again" : "given up for a while", change.reason)});
}

void Supervisor::take(const relay::Remark& remark, base::Now now) {
    if (now.instant - remarks_since_ >= minute) {
        remarks_since_ = now.instant;
        remarks_ = 0;
    }
    if (remarks_++ < limits_.remarks) add(Remark{remark.level, remark.text});
}

bool Supervisor::want_still() {
    if (state_ != State::working || !is_synced_ || made_ != media::Kind::video) return false;
    owes_still_ = true;
    send(relay::WantStill{.width = still_width});
    return true;
}

void Supervisor::take(relay::Still& still, base::Now now) {
    if (!std::exchange(owes_still_, false)) return kill("it sends a picture that nobody asked for", now);
    if (still.width > still_width || still.jpeg.size() > limits_.still.bytes())
        return kill("its picture is larger than it was asked for", now);
    add(StillMade{std::move(still)});
}

// --- Time ---

void Supervisor::tick(base::Now now) {
    const std::optional<base::Instant> due = deadline();
    if (!due || now.instant < *due) return;
    if (state_ == State::waiting) return start();
    if (state_ == State::greeting) return kill("it did not say Hello", now);
    if (now.instant - heard_ >= limits_.silence) return kill("it says nothing any more", now);
    kill("it does nothing with what it is given", now);
}

std::optional<base::Instant> Supervisor::deadline() const {
    switch (state_) {
        case State::waiting: return since_;
        case State::greeting: return since_ + limits_.start;
        case State::working: {
            const base::Instant silent = heard_ + limits_.silence;
            const bool owes = is_draining_ || unanswered_ >= owed;
            return owes ? std::min(silent, unanswered_since_ + limits_.stall) : silent;
        }
        default: return std::nullopt;
    }
}

std::optional<Event> Supervisor::next_event() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
}

// --- How it goes ---

stream::TranscoderStats Supervisor::stats() const {
    stream::TranscoderStats stats;
    for (const stream::RungPlan& rung : plan_) {
        stats.rungs.emplace_back();
        stats.rungs.back().state = stream::RungState::left_out;
        stats.rungs.back().reason = rung.left_out;
    }
    for (std::size_t i = 0; i < rungs_.size(); ++i) stats.rungs[rungs_[i].place] = stats_of(rungs_[i], i);
    stats.worker = {.pid = pid_,
                    .restarts = starts_ > 0 ? starts_ - 1 : 0,
                    .memory_bytes = report_.memory,
                    .alive = {report_.alive_frames, report_.alive_packets, report_.alive_contexts}};
    return stats;
}

stream::RungStats Supervisor::stats_of(const Rung& rung, std::size_t number) const {
    stream::RungStats stats;
    using stream::RungState;
    if (state_ == State::failed) stats.state = RungState::failed, stats.reason = trouble_;
    else if (overload_.is_shed(number)) stats.state = RungState::shed, stats.reason = overload_.reason(number);
    else if (rung.output.is_flowing()) stats.state = RungState::running;
    else if (!trouble_.empty()) stats.state = RungState::recovering, stats.reason = trouble_;
    stats.dropped_overload = dropped_ + dropped_earlier_ + report_.dropped + rung.dropped_earlier + rung.report.dropped;
    stats.encode = {.p50 = microseconds(rung.report.p50),
                    .p95 = microseconds(rung.report.p95),
                    .p99 = microseconds(rung.report.p99)};
    stats.queue_depth = rung.report.queue_depth;
    stats.queue_limit = rung.report.queue_limit;
    stats.speed = static_cast<double>(rung.report.speed) / 1000;
    return stats;
}

}  // namespace weir::transcode

#include "package/segmenter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weir::package {

namespace {

using media::Packet;
using media::Ticks;

// EXTINF, rounded, must not pass TARGETDURATION: the segment ends before half a second beyond. Audio, which ends at its own
// frames, needs some of that. Within the allowance the cut waits for a picture that can begin a segment cleanly.
constexpr Ticks clean_cut = Ticks::milliseconds(250);
constexpr Ticks last_cut = Ticks::milliseconds(400);
constexpr Ticks untrue = Ticks::milliseconds(500);
/// A hole in the time line that is longer than this many target durations is no pause but another time.
constexpr std::int64_t longest_pause = 3;
/// Packets that wait at one time, whatever their times say.
constexpr std::size_t most_waiting = 4096;

std::uint64_t unix_second(base::WallTime time) {
    return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

Segmenter::Segmenter(const config::StreamOptions& options, base::Now start, SegmenterLimits limits)
    : segment_(Ticks::from(options.segment)),
      part_(Ticks::from(options.part)),
      limits_(limits),
      epoch_(unix_second(start.wall)),
      numbers_(epoch_),
      window_({.duration = Ticks::from(options.window), .bytes = limits.window_bytes}) {}

stream::SegmentIndexRef Segmenter::index() const { return index_; }

std::vector<std::string> Segmenter::take_remarks() { return std::exchange(remarks_, {}); }

void Segmenter::write(const stream::Entry& entry, base::WallTime wall_of_dts) {
    if (has_ended_ || entry.tracks == nullptr || entry.packet->payload.empty()) return;
    adopt(entry.tracks);
    const media::Track* track = entry.tracks->find(entry.packet->track);
    if (track == nullptr || track != entry.tracks->first(track->kind)) return;
    Voice& voice = *voice_of(track->kind);
    voice.newest = std::max(voice.newest, entry.packet->pts);
    voice.await({.packet = entry.packet, .tracks = entry.tracks, .wall = wall_of_dts});
    advance();
    publish();
}

void Segmenter::Voice::await(Lane::Arrival arrival) {
    waiting_bytes += arrival.packet->payload.size();
    waiting.push_back(std::move(arrival));
}

void Segmenter::Voice::drop_oldest() {
    waiting_bytes -= waiting.front().packet->payload.size();
    waiting.pop_front();
}

/// Makes a voice for each kind that the stream has now.
void Segmenter::adopt(const media::TrackSetRef& tracks) {
    if (tracks == tracks_) return;
    tracks_ = tracks;
    for (const media::Kind kind : {media::Kind::video, media::Kind::audio})
        if (tracks->first(kind) != nullptr && voice_of(kind) == nullptr)
            voices_[static_cast<std::size_t>(kind)] = std::make_unique<Voice>(Lane(kind, part_));
}

/// Video, where the stream has it and it can be packaged; else audio.
Segmenter::Voice* Segmenter::leader() noexcept {
    Voice* video = voice_of(media::Kind::video);
    if (video != nullptr && !video->is_refused && tracks_->first(media::Kind::video) != nullptr) return video;
    Voice* audio = voice_of(media::Kind::audio);
    return audio != nullptr ? audio : video;
}

/// Lets the lanes take what has arrived, as far as it is known where it belongs.
void Segmenter::advance() {
    Voice* const first = leader();
    for (; !first->waiting.empty(); first->drop_oldest()) take(*first, first->waiting.front(), true);
    for (const auto& voice : voices_) {
        if (voice == nullptr || voice.get() == first) continue;
        for (; !voice->waiting.empty() && is_due(*voice, *first); voice->drop_oldest()) {
            const bool is_behind = first->horizon && voice->waiting.front().packet->pts <= *first->horizon;
            take(*voice, voice->waiting.front(), !is_behind);
        }
    }
}

/// Whether the oldest that waits may go: the leader has come as far, or has fallen silent.
bool Segmenter::is_due(const Voice& voice, const Voice& first) const noexcept {
    const Ticks oldest = voice.waiting.front().packet->pts;
    return (first.horizon && oldest <= *first.horizon) || voice.newest - oldest > Ticks::from(limits_.patience) ||
           voice.waiting.size() > most_waiting || voice.waiting_bytes > limits_.segment_bytes;
}

void Segmenter::take(Voice& voice, const Lane::Arrival& arrival, bool leads) {
    const Packet& packet = *arrival.packet;
    if (accept(voice, arrival)) {
        const Ticks decode = voice.lane.decode_time(packet);
        place_boundaries(voice, arrival, decode, leads);
        if (enter(voice.lane, decode)) voice.lane.add(arrival.packet);
    }
    voice.horizon = std::max(voice.horizon.value_or(packet.pts), packet.pts);
}

/// Whether the lane can use the packet at all.
bool Segmenter::accept(Voice& voice, const Lane::Arrival& arrival) {
    const auto followed = voice.lane.follow(arrival.tracks);
    if (!followed) {
        if (!std::exchange(voice.is_refused, true))
            remarks_.push_back(fmt::format("the stream's {} is not in HLS: {}", media::name(voice.lane.kind()),
                                           followed.error().text));
        return false;
    }
    voice.is_refused = false;
    if (arrival.packet->discontinuity && voice.lane.is_started()) voice.lane.interrupt();
    if (voice.lane.is_interrupted()) has_told_of_cuts_ = false;  // another source may be better, or worse
    return voice.lane.wants(*arrival.packet);
}

void Segmenter::place_boundaries(const Voice& voice, const Lane::Arrival& arrival, Ticks decode, bool leads) {
    const Packet& packet = *arrival.packet;
    const base::WallTime wall = arrival.wall + (decode - packet.dts).to_duration();
    if (numbers_.empty()) {
        if (leads) open(decode, wall, Break::continuous);
    } else if (voice.lane.is_interrupted()) {
        if (!joins_break(voice.lane, decode)) open(decode, wall, Break::discontinuity);
    } else if (leads) {
        cut_overdue(voice, packet, decode, wall);
        if (packet.segment_boundary && decode > numbers_.newest().at) open(decode, wall, Break::continuous);
    }
}

/// Another track has opened the discontinuity already that interrupts this one too.
bool Segmenter::joins_break(const Lane& lane, Ticks decode) const noexcept {
    const Boundary& newest = numbers_.newest();
    const Ticks distance = decode > newest.at ? decode - newest.at : newest.at - decode;
    return newest.discontinuity && newest.sequence > lane.sequence() && distance <= Ticks::from(limits_.patience);
}

/// Ends segments that would pass TARGETDURATION, or a limit, before a boundary comes.
void Segmenter::cut_overdue(const Voice& voice, const Packet& packet, Ticks decode, base::WallTime wall) {
    const Ticks target = window_.target_duration();
    const auto elapsed = [&] { return decode - numbers_.newest().at; };
    if (target != Ticks() && elapsed() > target * longest_pause) {
        open(decode, wall, Break::discontinuity);
        return;
    }
    while (target != Ticks() && elapsed() >= target + untrue) {
        const Ticks at = numbers_.newest().at + target;
        if (!open(at, wall - (decode - at).to_duration(), Break::continuous)) return;
    }
    if (packet.segment_boundary || !is_overdue(voice, packet, elapsed())) return;
    const double seconds = elapsed().to_seconds();
    if (!open(decode, wall, Break::continuous) || packet.keyframe) return;
    ++cuts_;
    if (!std::exchange(has_told_of_cuts_, true))
        remarks_.push_back(
            fmt::format("no keyframe for {:.1f} s: segments are cut without one, and players cannot start "
                        "there; set the encoder's keyframe interval to 2 s",
                        seconds));
}

bool Segmenter::is_overdue(const Voice& voice, const Packet& packet, Ticks elapsed) const noexcept {
    const Ticks target = window_.target_duration();
    const bool is_first = target == Ticks();
    const Ticks clean_limit = is_first ? Ticks::from(limits_.first_segment) : target + clean_cut;
    const Ticks last_limit = is_first ? clean_limit + untrue : target + last_cut;
    std::size_t bytes = packet.payload.size();
    for (const auto& other : voices_) bytes += other != nullptr ? other->lane.open_bytes() : 0;
    // A picture shown after all that were decoded before it, and after those alone: nothing is torn apart.
    const bool is_clean = packet.keyframe || !voice.horizon || packet.pts > *voice.horizon;
    return (is_clean && elapsed >= clean_limit) || elapsed + packet.duration > last_limit ||
           bytes > limits_.segment_bytes;
}

bool Segmenter::open(Ticks at, base::WallTime wall, Break kind) {
    const auto outcome = numbers_.open(at, wall, kind);
    if (outcome == Numbering::Outcome::reopened)
        for (const auto& voice : voices_)
            if (voice != nullptr && voice->lane.is_started() && voice->lane.sequence() == numbers_.newest().sequence)
                voice->lane.restart(numbers_.newest());
    return outcome != Numbering::Outcome::refused;
}

/// Brings the lane into the segment that a packet decoded at `decode` belongs to; false where that is before the first.
bool Segmenter::enter(Lane& lane, Ticks decode) {
    if (numbers_.empty()) return false;
    if (!lane.is_started()) {
        const Boundary* boundary = numbers_.before(decode);
        if (boundary != nullptr) lane.start(*boundary, decode);
        return boundary != nullptr;
    }
    const auto is_crossed = [&](const Boundary* boundary) {
        return boundary != nullptr && (decode >= boundary->at || (boundary->discontinuity && lane.is_interrupted()));
    };
    for (const Boundary* next = numbers_.after(lane.sequence()); is_crossed(next);) {
        const Boundary* further = numbers_.after(next->sequence);
        lane.cross(*next, is_crossed(further) ? next->at : decode);
        next = further;
    }
    return true;
}

void Segmenter::publish() {
    bool has_published = false;
    while (!numbers_.empty()) {
        const Boundary* end = numbers_.after(numbers_.oldest().sequence);
        if (end == nullptr) break;
        const auto is_missing = [&](const auto& voice) {
            return voice != nullptr && voice->lane.is_started() && voice->lane.sequence() < end->sequence;
        };
        if (std::ranges::any_of(voices_,
                                [&](const auto& voice) { return is_missing(voice) && is_awaited(*voice, *end); }))
            break;
        for (const auto& voice : voices_)
            if (is_missing(voice)) voice->lane.cross(*end, end->at);
        publish_oldest();
        numbers_.forget_oldest();
        has_published = true;
    }
    if (!has_published) return;
    let_go_of_the_absent();
    index_ = window_.index(epoch_, false, cuts_);
}

/// Whether more may come for a segment that the others have ended.
bool Segmenter::is_awaited(const Voice& voice, const Boundary& end) const noexcept {
    if (voice.lane.is_silent() || voice.is_refused || tracks_->first(voice.lane.kind()) == nullptr) return false;
    Ticks newest = voice.newest;
    for (const auto& other : voices_) newest = other != nullptr ? std::max(newest, other->newest) : newest;
    return newest < end.at + Ticks::from(limits_.patience);
}

void Segmenter::publish_oldest() {
    for (const auto& voice : voices_) {
        if (voice == nullptr) continue;
        auto& closed = voice->lane.closed();
        if (closed.empty() || closed.front()->sequence != numbers_.oldest().sequence) continue;
        window_.add(voice->lane.kind(), voice->lane.track(), std::move(closed.front()));
        closed.pop_front();
    }
    window_.commit(Ticks::from(static_cast<std::int64_t>(std::ceil(segment_.to_seconds())), 1));
}

/// A track that the stream has no more, and of which nothing is listed any more.
void Segmenter::let_go_of_the_absent() {
    for (auto& voice : voices_)
        if (voice != nullptr && tracks_->first(voice->lane.kind()) == nullptr &&
            window_.drop_if_empty(voice->lane.kind()))
            voice.reset();
}

void Segmenter::end() {
    if (std::exchange(has_ended_, true) || tracks_ == nullptr) return;
    Voice* const first = leader();
    for (const auto& voice : voices_)
        for (; voice != nullptr && !voice->waiting.empty(); voice->drop_oldest())
            take(*voice, voice->waiting.front(), voice.get() == first || !first->horizon);
    bool has_media = false;
    for (const auto& voice : voices_) {
        if (voice == nullptr || !voice->lane.is_started()) continue;
        while (const Boundary* next = numbers_.after(voice->lane.sequence())) voice->lane.cross(*next, next->at);
        voice->lane.finish();
        has_media |= !voice->lane.closed().back()->gap;
    }
    for (; !numbers_.empty() && numbers_.after(numbers_.oldest().sequence); numbers_.forget_oldest()) publish_oldest();
    if (has_media) publish_oldest();
    if (!window_.empty()) index_ = window_.index(epoch_, true, cuts_);
}

void Segmenter::shorten() {
    window_.shorten();
    if (index_ != nullptr) index_ = window_.index(epoch_, has_ended_, cuts_);
}

}  // namespace weir::package

#include "package/segmenter.hpp"

#include "package/part_target.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::package {

namespace {

using media::Packet;
using media::Ticks;

// EXTINF, rounded, must not pass TARGETDURATION: the segment ends before half a second beyond, of which audio needs some.
// Within the allowance the cut waits for a picture that can begin a segment cleanly.
constexpr Ticks clean_cut = Ticks::milliseconds(250);
constexpr Ticks last_cut = Ticks::milliseconds(400);
constexpr Ticks untrue = Ticks::milliseconds(500);
/// A hole in the time line that is longer than this many target durations is no pause but another time.
constexpr std::int64_t longest_pause = 3;
/// Packets that wait at one time, whatever their times say.
constexpr std::size_t most_waiting = 4096;

}  // namespace

Segmenter::Segmenter(const config::StreamOptions& options, base::Now start, SegmenterLimits limits)
    : segment_(Ticks::from(options.segment)),
      part_(Ticks::from(options.part)),
      limits_(limits),
      epoch_(unix_second(start.wall)),
      numbers_(epoch_),
      publishing_({.epoch = epoch_,
                   .window = {.duration = Ticks::from(options.window), .bytes = limits.window_bytes},
                   .segment = segment_}) {}

std::vector<std::string> Segmenter::take_remarks() { return std::exchange(remarks_, {}); }

void Segmenter::write(const stream::Entry& entry, base::WallTime wall_of_dts) {
    if (has_ended_ || entry.tracks == nullptr || entry.packet->payload.empty()) return;
    adopt(entry.tracks);
    const media::Track* track = entry.tracks->find(entry.packet->track);
    if (track == nullptr || track != entry.tracks->first(track->kind)) return;
    Voice& voice = *source_of(track->kind);
    voice.newest = std::max(voice.newest, entry.packet->pts);
    voice.await({.packet = entry.packet, .tracks = entry.tracks, .wall = wall_of_dts});
    advance();
    publish();
}

void Segmenter::offer_source(bool is_offered) {
    if (std::exchange(is_offered_, is_offered) == is_offered || is_offered) return;
    if (Voice* const video = source_of(media::Kind::video)) {
        video->awaits_boundary = true;
        publishing_.window().offer(video->rendition.name, false);
    }
    if (index() != nullptr) renew_index();
}

void Segmenter::set_followed(bool is_followed) {
    if (std::exchange(is_followed_, is_followed) == is_followed) return;
    for (const auto& voice : voices_) voice->lane.set_followed(is_followed);
}

/// Makes a voice for each kind that the stream has now.
void Segmenter::adopt(const media::TrackSetRef& tracks) {
    if (tracks == tracks_) return;
    tracks_ = tracks;
    for (const media::Kind kind : {media::Kind::video, media::Kind::audio}) {
        if (tracks->first(kind) == nullptr || source_of(kind) != nullptr) continue;
        const bool is_video = kind == media::Kind::video;
        auto voice = std::make_unique<Voice>(Rendition{.name = is_video ? "source" : "audio",
                                                       .kind = kind,
                                                       .bitrate = 0,
                                                       .place = is_video ? source_place : audio_place},
                                             Voice::Origin::source);
        voice->awaits_boundary = is_video && !is_offered_;
        insert(std::move(voice));
    }
}

void Segmenter::insert(std::unique_ptr<Voice> voice) {
    voice->lane.set_part_target(part_target_);
    voice->lane.set_longest(publishing_.window().target_duration());
    voice->lane.set_followed(is_followed_);
    const auto at = std::ranges::upper_bound(voices_, voice->rendition.place, {},
                                             [](const auto& other) { return other->rendition.place; });
    voices_.insert(at, std::move(voice));
}

Voice* Segmenter::source_of(media::Kind kind) noexcept {
    const auto found = std::ranges::find_if(voices_, [&](const auto& voice) {
        return voice->origin == Voice::Origin::source && voice->rendition.kind == kind;
    });
    return found != voices_.end() ? found->get() : nullptr;
}

/// The source's video, where it can be packaged or something is made of it; else its audio.
Voice* Segmenter::leader() noexcept {
    Voice* video = source_of(media::Kind::video);
    const bool is_of_use = video != nullptr && (!video->is_refused || !rungs_.empty());
    if (is_of_use && tracks_->first(media::Kind::video) != nullptr) return video;
    Voice* audio = source_of(media::Kind::audio);
    return audio != nullptr ? audio : video;
}

/// Lets the lanes take what has arrived, as far as it is known where it belongs.
void Segmenter::advance() {
    Voice* const first = leader();
    for (; !first->waiting.empty(); first->drop_oldest()) take(*first, first->waiting.front(), true);
    for (const auto& voice : voices_) {
        if (voice.get() == first) continue;
        for (; !voice->waiting.empty() && is_due(*voice, *first); voice->drop_oldest()) {
            const bool is_behind = first->horizon && voice->waiting.front().packet->pts <= *first->horizon;
            take(*voice, voice->waiting.front(), !is_behind);
        }
    }
}

/// Whether the oldest that waits may go: the leader has come as far, or has fallen silent.
bool Segmenter::is_due(const Voice& voice, const Voice& first) const noexcept {
    const Ticks oldest = voice.waiting.front().packet->pts;
    return (first.horizon && oldest <= *first.horizon) || voice.newest - oldest > patience() ||
           voice.waiting.size() > most_waiting || voice.waiting_bytes > limits_.segment_bytes;
}

void Segmenter::take(Voice& voice, const Lane::Arrival& arrival, bool leads) {
    const media::PacketRef& packet = arrival.packet;
    if (part_target_ == Ticks()) choose_part_target(*arrival.packet, *arrival.tracks);
    if (voice.origin == Voice::Origin::source) take_source(voice, arrival, leads);
    else take_rung(voice, arrival);
    voice.horizon = std::max(voice.horizon.value_or(packet->pts), packet->pts);
}

/// By the leading track's first packet.
void Segmenter::choose_part_target(const Packet& packet, const media::TrackSet& tracks) {
    part_target_ = part_target(part_, packet, tracks);
    for (const auto& voice : voices_) voice->lane.set_part_target(part_target_);
}

void Segmenter::take_source(Voice& voice, const Lane::Arrival& arrival, bool leads) {
    const media::PacketRef& packet = arrival.packet;
    const bool is_usable = follow(voice, arrival);
    const bool is_video = voice.rendition.kind == media::Kind::video;
    if ((is_video || leads) && !is_usable && !rungs_.empty()) voice.awaits_boundary = true;
    if (voice.awaits_boundary) {
        if (leads) mark_boundaries(voice, arrival);
        const bool returns = is_usable && (is_offered_ || !is_video) && voice.begun_by(*packet, numbers_) != nullptr;
        if (returns) voice.take(packet, numbers_, limits_.segment_bytes);
    } else if (is_usable && accept(voice, arrival)) {
        const Ticks decode = voice.lane.decode_time(*packet);
        if (!place_boundaries(voice, arrival, decode, leads) || !enter(voice.lane, decode)) return;
        // What outlasts the leader up to a discontinuity has no boundary of its own, and is left out where it is too much.
        const Ticks target = publishing_.window().target_duration();
        const Ticks lasts = decode + packet->duration - voice.lane.start();
        if (leads || target == Ticks() || lasts < target + untrue) voice.lane.add(packet);
    }
}

/// Whether the lane can package the packet's track.
bool Segmenter::follow(Voice& voice, const Lane::Arrival& arrival) {
    const auto followed = voice.lane.follow(arrival.tracks);
    if (!followed && !voice.is_refused) {
        const bool is_rung = voice.origin == Voice::Origin::rung;
        remarks_.push_back(fmt::format("the stream's {} is not in HLS as it is: {}",
                                       is_rung ? voice.rendition.name : media::name(voice.rendition.kind),
                                       followed.error().text));
    }
    voice.is_refused = !followed;
    return followed.has_value();
}

/// Whether the lane can use the packet.
bool Segmenter::accept(Voice& voice, const Lane::Arrival& arrival) {
    if (arrival.packet->discontinuity && voice.lane.is_started()) voice.lane.interrupt();
    if (voice.lane.is_interrupted()) has_told_of_cuts_ = false;  // another source may be better, or worse
    return voice.lane.wants(*arrival.packet);
}

/// A leader that is not packaged itself, picture or sound, still says where the boundaries of the others are.
void Segmenter::mark_boundaries(const Voice& voice, const Lane::Arrival& arrival) {
    const Packet& packet = *arrival.packet;
    const base::WallTime wall = arrival.wall + (packet.pts - packet.dts).to_duration();
    if (numbers_.empty()) {
        if (packet.segment_boundary) open(packet.pts, wall, Break::continuous);
        return;
    }
    if (!packet.discontinuity) return place_next(voice, packet, packet.pts, wall);
    const Boundary& newest = numbers_.newest();
    const bool is_open = newest.discontinuity && voice.horizon && newest.at > *voice.horizon;
    if (packet.pts > newest.at && !is_open) open(packet.pts, wall, Break::discontinuity);
}

/// False where the packet continues nothing, and it is too early for another segment.
bool Segmenter::place_boundaries(const Voice& voice, const Lane::Arrival& arrival, Ticks decode, bool leads) {
    const Packet& packet = *arrival.packet;
    // Where it is presented, which is where rungs have their keyframe; unless decode times had to be bent.
    const bool is_sharp =
        (packet.keyframe || packet.segment_boundary) && (numbers_.empty() || packet.pts > numbers_.newest().at);
    const Ticks at = is_sharp ? packet.pts : decode;
    const base::WallTime wall = arrival.wall + (at - packet.dts).to_duration();
    if (numbers_.empty()) {
        if (leads) open(at, wall, Break::continuous);
    } else if (voice.lane.is_interrupted()) {
        if (joins_break(voice.lane, decode)) return true;
        return (leads || !owes_break_) && open(at, wall, Break::discontinuity);
    } else if (leads) {
        place_next(voice, packet, at, wall);
    }
    return true;
}

/// A pause that no part can fill does not lead up to a boundary: what comes after it begins anew.
void Segmenter::place_next(const Voice& voice, const Packet& packet, Ticks at, base::WallTime wall) {
    const auto is_boundary = [&] { return packet.segment_boundary && at > numbers_.newest().at; };
    const bool was_paused = voice.pauses_before(packet, part_target_) && numbers_.newest().at <= *voice.horizon;
    if (was_paused && is_boundary() && open(at, wall, Break::discontinuity)) return;
    cut_overdue(voice, packet, at, wall);
    if (is_boundary()) open(at, wall, Break::continuous);
}

/// Another track has opened the discontinuity already that interrupts this one too.
bool Segmenter::joins_break(const Lane& lane, Ticks decode) const noexcept {
    const Boundary& newest = numbers_.newest();
    const Ticks distance = decode > newest.at ? decode - newest.at : newest.at - decode;
    return newest.discontinuity && newest.sequence > lane.sequence() && distance <= Ticks::from(limits_.patience);
}

/// Ends segments that would pass TARGETDURATION, or a limit, before a boundary comes.
void Segmenter::cut_overdue(const Voice& voice, const Packet& packet, Ticks time, base::WallTime wall) {
    const Ticks target = publishing_.window().target_duration();
    // A lane's segment may have begun a little before the boundary, where the one before ended.
    const auto elapsed = [&] {
        const Boundary& newest = numbers_.newest();
        const bool is_in_it = voice.lane.is_started() && voice.lane.sequence() == newest.sequence;
        return time - (is_in_it ? std::min(newest.at, voice.lane.start()) : newest.at);
    };
    if (target != Ticks() && elapsed() > target * longest_pause) {
        open(time, wall, Break::discontinuity);
        return;
    }
    while (target != Ticks() && elapsed() >= target + untrue) {
        const Ticks at = numbers_.newest().at + target;
        if (!open(at, wall - (time - at).to_duration(), Break::continuous)) return;
    }
    if (packet.segment_boundary || !is_overdue(voice, packet, elapsed())) return;
    const double seconds = elapsed().to_seconds();
    if (!open(time, wall, Break::continuous) || packet.keyframe || voice.awaits_boundary) return;
    ++cuts_;
    if (!std::exchange(has_told_of_cuts_, true))
        remarks_.push_back(
            fmt::format("no keyframe for {:.1f} s: segments are cut without one, and players cannot start "
                        "there; set the encoder's keyframe interval to 2 s",
                        seconds));
}

bool Segmenter::is_overdue(const Voice& voice, const Packet& packet, Ticks elapsed) const noexcept {
    const Ticks target = publishing_.window().target_duration();
    const bool is_first = target == Ticks();
    const Ticks clean_limit = is_first ? Ticks::from(limits_.first_segment) : target + clean_cut;
    const Ticks last_limit = is_first ? clean_limit + untrue : target + last_cut;
    std::size_t bytes = packet.payload.size();
    for (const auto& other : voices_) bytes += other->origin == Voice::Origin::source ? other->lane.open_bytes() : 0;
    // A picture shown after all that were decoded before it, and after those alone: nothing is torn apart.
    const bool is_clean = packet.keyframe || !voice.horizon || packet.pts > *voice.horizon;
    return (is_clean && elapsed >= clean_limit) || elapsed + packet.duration > last_limit ||
           bytes > limits_.segment_bytes;
}

bool Segmenter::open(Ticks at, base::WallTime wall, Break kind) {
    const auto outcome = numbers_.open(at, wall, owes_break_ ? Break::discontinuity : kind);
    owes_break_ = outcome == Numbering::Outcome::refused && (owes_break_ || kind == Break::discontinuity);
    if (outcome == Numbering::Outcome::reopened)
        for (const auto& voice : voices_) {
            if (!voice->lane.is_started() || voice->lane.sequence() != numbers_.newest().sequence) continue;
            voice->lane.restart(numbers_.newest(), numbers_.newest().at);
            voice->awaits_boundary |= voice->origin == Voice::Origin::rung;
        }
    return outcome != Numbering::Outcome::refused;
}

/// Brings the lane into the segment that a packet decoded at `decode` belongs to; false where that is before the first.
bool Segmenter::enter(Lane& lane, Ticks decode) {
    if (numbers_.empty()) return false;
    if (!lane.is_started()) {
        const Boundary* boundary = numbers_.before(decode);
        if (boundary != nullptr) lane.begin(*boundary, decode);
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
    if (tracks_ == nullptr) return;
    const bool has_committed = publishing_.commit(company(), numbers_);
    if (has_committed) {
        let_go_of_the_absent();
        for (const auto& voice : voices_) voice->lane.set_longest(publishing_.window().target_duration());
    }
    if (publishing_.show(company(), numbers_, has_committed)) renew_index();
}

Publishing::Company Segmenter::company() const noexcept {
    return {.voices = voices_, .tracks = *tracks_, .is_source_offered = is_offered_, .patience = patience()};
}

/// A track that the stream has no more, or does not offer, or a rung of another ladder, of which nothing is listed any more.
void Segmenter::let_go_of_the_absent() {
    std::erase_if(voices_, [&](const auto& voice) {
        const bool is_rung = voice->origin == Voice::Origin::rung;
        const bool is_absent = is_rung ? voice->is_withdrawn : tracks_->first(voice->rendition.kind) == nullptr;
        if (!is_absent) return false;
        return publishing_.window().drop_if_empty(voice->rendition.name) || (is_rung && !voice->lane.is_started());
    });
    Voice* const video = source_of(media::Kind::video);
    if (video != nullptr && !is_offered_ && publishing_.window().drop_if_empty(video->rendition.name))
        video->lane.start_over();
}

void Segmenter::end() {
    if (std::exchange(has_ended_, true) || tracks_ == nullptr) return;
    Voice* const first = leader();
    for (const auto& voice : voices_)
        for (; !voice->waiting.empty(); voice->drop_oldest())
            take(*voice, voice->waiting.front(), voice.get() == first || !first->horizon);
    const bool has_media = finish_lanes(first->horizon.value_or(Ticks()));
    for (; !numbers_.empty() && numbers_.after(numbers_.oldest().sequence); numbers_.forget_oldest())
        publishing_.publish_oldest(company(), numbers_);
    if (has_media) publishing_.publish_oldest(company(), numbers_);
    publishing_.clear_edges(company());
    if (!publishing_.window().empty()) renew_index();
}

/// Closes the last segments; the source's last frame is presented at `last`. False when there is nothing in them.
bool Segmenter::finish_lanes(Ticks last) {
    bool has_media = false;
    Ticks end;
    for (const auto& voice : voices_) {
        if (!voice->lane.is_started()) continue;
        while (const Boundary* next = numbers_.after(voice->lane.sequence())) voice->leave_behind(*next);
        if (voice->origin == Voice::Origin::rung && !voice->reaches(last)) voice->break_off();
        has_media |= voice->lane.open_bytes() != 0;
        end = std::max(end, voice->lane.end());
    }
    for (const auto& voice : voices_)
        if (voice->lane.is_started()) voice->lane.finish(end);
    return has_media;
}

void Segmenter::shorten() {
    publishing_.window().shorten();
    if (index() != nullptr) renew_index();
}

void Segmenter::renew_index() { publishing_.renew(company(), part_target_, has_ended_, cuts_); }

}  // namespace weir::package

#include "stream/ladder.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

using namespace std::chrono_literals;

constexpr base::Duration longest_drain = 2s;  ///< from `flush` on

}  // namespace

// The source

void Ladder::follow(const Rendition& source, const Entry& entry, const media::TrackSet& all,
                    const config::StreamOptions& options, base::Now now) {
    if (is_changing_) exchange(entry, options, now);
    const Transcoder* const before = transcoder_.get();
    if (!is_changing_ && !is_settled_) decide(entry, all, options, now);
    if (transcoder_ == nullptr) return;
    if (transcoder_.get() == before) return pass(entry, now);
    for (const Entry& held : source.held()) pass(held, now);
}

void Ladder::pass(const Entry& entry, base::Now now) {
    has_begun_ = has_begun_ || entry.join;
    if (!has_begun_) return;
    flushed_.reset();
    const media::Track* track = entry.tracks->find(entry.packet->track);
    if (track == nullptr) return;
    auto& end = ends_[static_cast<std::size_t>(track->kind)];
    end = std::max(end.value_or(entry.packet->pts), entry.packet->pts);
    if (heard_ != nullptr && track == entry.tracks->first(media::Kind::video))
        heard_->write(entry.packet, entry.tracks, now.instant);
    if (!sound_is_encoded_) {
        if (entry.tracks != std::exchange(tracks_, entry.tracks))
            each_picture([&](Rung& rung) { rung.set_sound(entry.tracks); });
        if (track == entry.tracks->first(media::Kind::audio))
            each_picture([&](Rung& rung) { rung.hear(entry.packet, entry.tracks); });
    }
    transcoder_->write(entry, now);
}

void Ladder::flush(base::Now now) {
    if (transcoder_ == nullptr || flushed_) return;
    flushed_ = now.instant;
    transcoder_->flush(now);
}

void Ladder::tick(base::Now now) {
    std::erase_if(retired_, [this](const auto& rung) { return !around_.logs.has(rung->rendition()); });
    if (transcoder_ == nullptr) return;
    transcoder_->tick(now);
    for (const std::string& remark : transcoder_->take_remarks()) around_.journal.warning(remark);
    take_stats();
}

bool Ladder::is_drained(base::Now now) const noexcept {
    if (transcoder_ == nullptr || !has_begun_) return true;
    if (flushed_ && now.instant - *flushed_ >= longest_drain) return true;
    return std::ranges::none_of(places_, [&](const Place& place) { return is_awaited(place); });
}

bool Ladder::is_awaited(const Place& place) const noexcept {
    using enum RungState;
    const auto& source_end = ends_[static_cast<std::size_t>(place.plan.kind)];
    if (place.rung == nullptr || !source_end) return false;
    const RungState state = place.stats.state;
    if (state == shed || state == failed) return false;
    const auto end = place.rung->end();
    return !end || *end < *source_end;
}

void Ladder::close() {
    if (transcoder_ != nullptr) take_stats();
    transcoder_.reset();
    is_settled_ = true;
}

void Ladder::finish() {
    for (const Place& place : places_)
        if (place.rung != nullptr) place.rung->finish();
    if (heard_ != nullptr) heard_->finish();
}

// The rungs

void Ladder::write_rung(std::size_t rung, media::Packet packet, media::TrackSetRef tracks, base::Now now) {
    if (rung >= places_.size() || places_[rung].rung == nullptr || tracks == nullptr) return;
    Place& place = places_[rung];
    const auto shared = std::make_shared<const media::Packet>(std::move(packet));
    around_.logs.set_now(now);
    const Entry entry{
        .sequence = place.rung->counts().frames, .packet = shared, .tracks = tracks, .join = shared->keyframe};
    around_.packager.write_rung(place.packaged, entry, around_.wall.wall(shared->dts));
    place.rung->write(shared, tracks, now.instant);
    if (place.rung->end()) place.interrupted.reset();
    if (place.plan.kind != media::Kind::audio) return;
    each_picture([&](Rung& picture) { picture.hear(shared, tracks); });
    heard_->hear(shared, tracks);
}

void Ladder::interrupt_rung(std::size_t rung, base::Now) {
    if (rung < places_.size() && places_[rung].rung != nullptr) interrupt(places_[rung]);
}

void Ladder::interrupt(Place& place) {
    place.rung->interrupt();
    if (!place.interrupted) place.interrupted = source_end(place);
    around_.packager.interrupt_rung(place.packaged);
}

void Ladder::each_picture(auto&& visit) {
    for (const Place& place : places_)
        if (place.rung != nullptr && place.plan.kind == media::Kind::video) visit(*place.rung);
}

void Ladder::take_stats() {
    TranscoderStats stats = transcoder_->stats();
    stats.rungs.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
        Place& place = places_[i];
        place.stats = std::move(stats.rungs[i]);
        if (place.rung != nullptr) continue;
        place.stats.state = RungState::left_out;
        place.stats.reason = place.plan.left_out;
    }
    worker_ = stats.worker;
    let_viewers_go();
}

void Ladder::let_viewers_go() {
    for (Place& place : places_) {
        if (place.rung == nullptr) continue;
        const bool was_parted = std::exchange(place.is_parted, is_gone(place));
        if (was_parted || !place.is_parted) continue;
        around_.logs.end(place.rung->rendition());
        place.rung->part();
    }
}

// While the source pauses nothing is missed.
bool Ladder::is_gone(const Place& place) noexcept {
    const RungState state = place.stats.state;
    if (state == RungState::shed || state == RungState::failed) return true;
    const media::Ticks patience = media::Ticks::from(limits_.rung.patience);
    return place.interrupted && *source_end(place) - *place.interrupted >= patience;
}

// Who makes sound alone is given no picture.
bool Ladder::want_still(base::Now now) {
    const bool has_picture = std::ranges::any_of(
        places_, [](const Place& place) { return place.rung != nullptr && place.plan.kind == media::Kind::video; });
    return transcoder_ != nullptr && has_picture && transcoder_->want_still(now);
}

bool Ladder::has_pictures() const noexcept {
    return transcoder_ != nullptr && transcoder_->makes_keyframes() &&
           std::ranges::any_of(places_, [](const Place& place) {
               return place.rung != nullptr && place.plan.kind == media::Kind::video &&
                      place.stats.state != RungState::failed;
           });
}

Rendition* Ladder::find(std::string_view name) noexcept {
    for (const Place& place : places_)
        if (place.rung != nullptr && place.plan.name == name && !place.is_parted) return &place.rung->rendition();
    return nullptr;
}

Ladder::Place* Ladder::sound() noexcept {
    const auto found = std::ranges::find_if(places_, [](const Place& place) {
        return place.rung != nullptr && place.plan.kind == media::Kind::audio && !place.is_parted;
    });
    return found == places_.end() ? nullptr : &*found;
}

/// Of a source without a picture that is the sound alone.
Rendition* Ladder::with_encoded_sound() noexcept {
    const Place* const encoded = sound();
    if (encoded == nullptr) return nullptr;
    const bool has_picture = ends_[static_cast<std::size_t>(media::Kind::video)].has_value();
    Rendition& heard = has_picture ? heard_->rendition() : encoded->rung->rendition();
    return heard.newest_join() != heard.held().size() ? &heard : nullptr;
}

std::vector<RungSnapshot> Ladder::snapshot(base::Instant now) const {
    std::vector<RungSnapshot> rungs;
    rungs.reserve(places_.size());
    for (const Place& place : places_) {
        RungSnapshot& rung = rungs.emplace_back();
        rung.plan = place.plan;
        rung.stats = place.stats;
        if (place.rung == nullptr) continue;
        rung.counts = place.rung->counts();
        rung.bitrate = place.rung->bits_per_second(now);
        if (const auto& held = place.rung->rendition().held(); !held.empty()) rung.tracks = held.back().tracks;
    }
    return rungs;
}

std::optional<WorkerStats> Ladder::worker() const { return was_made_ ? std::optional(worker_) : std::nullopt; }

bool Ladder::is_news(const std::vector<RungSnapshot>& shown) const noexcept {
    return !std::ranges::equal(places_, shown, [](const Place& place, const RungSnapshot& rung) {
        return place.plan == rung.plan && place.stats.state == rung.stats.state &&
               place.stats.reason == rung.stats.reason;
    });
}

}  // namespace weir::stream

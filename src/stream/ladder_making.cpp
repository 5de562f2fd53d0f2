// Which rungs a ladder has: when that is decided on, and what becomes of those that there were before.
#include "stream/ladder.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

constexpr media::Ticks measured_time = media::Ticks::milliseconds(1000);

/// Whether pictures are to be made of the source, as it is.
bool has_picture_to_make(const Entry& entry, const config::StreamOptions& options) noexcept {
    return options.ladder != "none" && entry.tracks->first(media::Kind::video) != nullptr;
}

}  // namespace

void Ladder::decide(const Entry& entry, const media::TrackSet& all, const config::StreamOptions& options,
                    base::Now now) {
    if (TrackRungs::are_in(all)) {
        RungSink& sink = *this;
        is_settled_ = are_tracks_ = true;
        return begin(std::make_unique<TrackRungs>(all, sink, limits_.tracks));
    }
    is_settled_ = !may_encode(options);
    if (is_settled_) return;
    if (!has_picture_to_make(entry, options)) {
        const bool is_known = std::exchange(asked_, entry.tracks) == entry.tracks;
        if (is_known || transcoder_ != nullptr) return;
    }
    if (const auto shape = shape_of_source(entry, options)) make(options, *shape, now);
}

/// What is not decided on yet will be by the options as they are then.
void Ladder::change() {
    if (are_tracks_ || !is_decided()) return;
    is_changing_ = true;
    measured_since_.reset();
    measured_bytes_ = 0;
}

/// What there is serves until the source is measured, and has a keyframe that the next can begin with.
void Ladder::exchange(const Entry& entry, const config::StreamOptions& options, base::Now now) {
    const auto shape = may_encode(options) ? shape_of_source(entry, options) : std::nullopt;
    if (may_encode(options) && !(shape && entry.join)) return;
    is_changing_ = false;
    transcoder_.reset();  // what it was promised is free for the next
    has_begun_ = false;
    was_made_ = false;
    is_settled_ = true;
    asked_ = has_picture_to_make(entry, options) ? nullptr : entry.tracks;
    tracks_.reset();
    if (shape) make(options, *shape, now);
    if (transcoder_ == nullptr) build({});
}

bool Ladder::may_encode(const config::StreamOptions& options) const noexcept {
    return factory_ != nullptr && options.transcode != config::Transcode::never;
}

/// Nothing as long as it is not known.
std::optional<SourceShape> Ladder::shape_of_source(const Entry& entry, const config::StreamOptions& options) {
    if (!has_picture_to_make(entry, options)) return SourceShape{.tracks = entry.tracks};
    const media::Track& video = *entry.tracks->first(media::Kind::video);
    if (video.announced_bitrate != 0) return SourceShape{.tracks = entry.tracks, .bitrate = video.announced_bitrate};
    if (entry.packet->track != video.id) return std::nullopt;
    const auto bitrate = measure(*entry.packet);
    if (!bitrate) return std::nullopt;
    return SourceShape{.tracks = entry.tracks, .bitrate = *bitrate};
}

/// Of what came before the packet, once that is enough.
std::optional<std::uint64_t> Ladder::measure(const media::Packet& packet) {
    if (!measured_since_) measured_since_ = packet.dts;
    const media::Ticks measured = packet.dts - *measured_since_;
    const std::uint64_t bits = measured_bytes_ * 8;
    measured_bytes_ += packet.payload.size();
    if (measured < measured_time) return std::nullopt;
    return static_cast<std::uint64_t>(static_cast<double>(bits) / measured.to_seconds());
}

void Ladder::make(const config::StreamOptions& options, const SourceShape& shape, base::Now now) {
    auto made = factory_(around_.id, options, shape, *this, around_.shard, now);
    // Where it was not asked for pictures, there may still be something to ask for: a picture comes, or another sound.
    is_settled_ = shape.tracks != asked_;
    was_made_ |= made != nullptr;
    if (made != nullptr) begin(std::move(made));
}

void Ladder::begin(std::unique_ptr<Transcoder> transcoder) {
    transcoder_ = std::move(transcoder);
    has_begun_ = false;
    build(transcoder_->plan());
    take_stats();
}

void Ladder::build(const std::vector<RungPlan>& plan) {
    std::vector<Place> before = std::exchange(places_, {});
    std::vector<Packager::Rung> made;
    const bool was_sound_encoded = std::exchange(sound_is_encoded_, false);
    for (const RungPlan& rung : plan) {
        Place& place = places_.emplace_back();
        place.plan = rung;
        if (!rung.left_out.empty()) {
            around_.journal.info("rung left out", {{"rung", rung.name}, {"reason", rung.left_out}});
            continue;
        }
        sound_is_encoded_ = sound_is_encoded_ || rung.kind == media::Kind::audio;
        place.rung = take_rung(before, rung);
        place.packaged = made.size();
        made.push_back({.name = rung.name, .kind = rung.kind, .bitrate = rung.bitrate});
        around_.journal.info("rung", {{"rung", rung.name},
                                      {"width", rung.width},
                                      {"height", rung.height},
                                      {"bitrate", base::BitRate(rung.bitrate)}});
    }
    around_.packager.set_rungs(made);
    for (Place& place : places_) {
        if (place.rung == nullptr || place.rung->counts().frames == 0) continue;
        interrupt(place);
        if (sound_is_encoded_ && !was_sound_encoded) place.rung->set_sound(nullptr);
    }
    for (Place& place : before)
        if (place.rung != nullptr) retire(std::move(place.rung));
    if (!sound_is_encoded_ && heard_ != nullptr) retire(std::move(heard_));
    if (sound_is_encoded_ && heard_ == nullptr)
        heard_ = std::make_unique<Rung>(RungPlan{.name = "source"}, limits_.held, limits_.rung);
}

/// The one that has its name; what comes of it next continues nothing. Else a new one.
std::unique_ptr<Rung> Ladder::take_rung(std::vector<Place>& from, const RungPlan& plan) const {
    for (Place& place : from) {
        if (place.rung == nullptr || place.plan.name != plan.name || place.plan.kind != plan.kind) continue;
        place.rung->become(plan);
        return std::move(place.rung);
    }
    return std::make_unique<Rung>(plan, limits_.held, limits_.rung);
}

/// Nothing comes of it any more: who watches it is let go.
void Ladder::retire(std::unique_ptr<Rung> rung) {
    around_.logs.end(rung->rendition());
    rung->part();
    retired_.push_back(std::move(rung));
}

}  // namespace weir::stream

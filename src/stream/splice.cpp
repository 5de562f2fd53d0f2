#include "stream/splice.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

// Where a source announces video and sends none, its sound is shown alone after this long.
constexpr media::Ticks patience_for_video = media::Ticks::milliseconds(5000);
constexpr media::Ticks usual_frame = media::Ticks::from(1, 30);

bool all_the_same(const media::TrackSet& a, const media::TrackSet& b) {
    return std::ranges::equal(a.tracks, b.tracks, &same_decoding);
}

}  // namespace

bool same_decoding(const media::Track& a, const media::Track& b) noexcept {
    return a.id == b.id && a.codec == b.codec && a.config == b.config && a.width == b.width && a.height == b.height &&
           a.sample_rate == b.sample_rate && a.channels == b.channels;
}

std::uint32_t leading_track_of(const media::TrackSet& tracks) noexcept {
    const media::Track* leading = tracks.first(media::Kind::video);
    if (leading == nullptr) leading = tracks.first(media::Kind::audio);
    return leading == nullptr ? 0 : leading->id;
}

void Splice::begin() noexcept {
    anchored_ = false;
    waiting_since_.reset();
}

media::Ticks Splice::waited() const noexcept {
    return waiting_since_ ? waiting_until_ - *waiting_since_ : media::Ticks();
}

std::optional<Spliced> Splice::map(Item item, bool may_start) {
    const bool starts = may_start && wants_start(item) && can_start(item);
    if (starts) {
        start(item);
    } else if (!continues(item.packet.track, *item.tracks)) {
        wait(item.packet);
        return std::nullopt;
    } else if (all_the_same(*item.tracks, *tracks_)) {
        tracks_ = std::move(item.tracks);
    }
    return place(std::move(item.packet), starts);
}

// A new publication, new parameters, another source behind the publication, or the video that sound alone did not wait for any longer.
bool Splice::wants_start(const Item& item) const {
    if (!anchored_) return true;
    if (item.packet.discontinuity && item.packet.track == leading_) return true;
    if (item.tracks != tracks_ && !all_the_same(*item.tracks, *tracks_)) return true;
    return item.packet.track != leading_ && item.packet.track == leading_track_of(*item.tracks);
}

bool Splice::can_start(const Item& item) const {
    const media::Packet& packet = item.packet;
    const Line* before = find_line(packet.track);
    if (anchored_ && before != nullptr && packet.dts + offset_ <= before->last_dts) return false;
    if (packet.track == leading_track_of(*item.tracks)) return packet.keyframe;
    const media::Track* track = item.tracks->find(packet.track);
    return !anchored_ && track != nullptr && track->kind == media::Kind::audio && waited() >= patience_for_video;
}

// Tracks that do not change are shown until the others can start.
bool Splice::continues(std::uint32_t track, const media::TrackSet& into) const {
    if (!anchored_) return false;
    const media::Track* before = tracks_->find(track);
    const media::Track* after = into.find(track);
    return before != nullptr && after != nullptr && (before == after || same_decoding(*before, *after));
}

void Splice::wait(const media::Packet& packet) noexcept {
    if (!waiting_since_) waiting_since_ = packet.dts;
    waiting_until_ = std::max(packet.dts, *waiting_since_);
}

void Splice::start(const Item& item) {
    const media::Packet& packet = item.packet;
    for (Line& known : lines_) {
        known.fresh = true;
        known.continues = continues(known.track, *item.tracks);
    }
    if (!std::exchange(anchored_, true)) {
        const media::Ticks frame = packet.duration > media::Ticks() ? packet.duration : usual_frame;
        offset_ = (starts_ == 0 ? origin_ : end_ + frame) - std::min(packet.dts, packet.pts);
    }
    ++starts_;
    leading_ = packet.track;
    tracks_ = item.tracks;
    start_ = packet.pts + offset_;
    waiting_since_.reset();
}

std::optional<Spliced> Splice::place(media::Packet packet, bool starts) {
    packet.dts += offset_;
    packet.pts += offset_;
    packet.discontinuity = false;  // where it is one is decided here
    Line& at = line(packet.track);
    if (!is_shown(packet, at)) return std::nullopt;
    if (at.fresh && packet.pts >= start_) {
        at.fresh = false;
        packet.discontinuity = starts_ > 1;
    }
    at.last_dts = packet.dts;
    end_ = std::max(end_, std::max(packet.dts, packet.pts) + packet.duration);
    return Spliced{.packet = std::move(packet), .tracks = tracks_, .starts = starts};
}

bool Splice::is_shown(const media::Packet& packet, const Line& at) const {
    if (packet.dts <= at.last_dts) return false;
    if (!at.fresh) return true;
    const media::Track* track = tracks_->find(packet.track);
    if (track->kind == media::Kind::video && !packet.keyframe) return false;
    return packet.pts >= start_ || at.continues;
}

Splice::Line& Splice::line(std::uint32_t track) {
    const auto known = std::ranges::find(lines_, track, &Line::track);
    return known != lines_.end() ? *known : lines_.emplace_back(track);
}

const Splice::Line* Splice::find_line(std::uint32_t track) const noexcept {
    const auto known = std::ranges::find(lines_, track, &Line::track);
    return known != lines_.end() ? &*known : nullptr;
}

}  // namespace weir::stream

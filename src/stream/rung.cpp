#include "stream/rung.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

// So that empty packets are bounded too.
std::size_t cost(const media::Packet& packet) noexcept { return packet.payload.size() + sizeof(media::Packet); }

}  // namespace

void Rung::write(const media::PacketRef& packet, const media::TrackSetRef& tracks, base::Instant now) {
    ++counts_.frames;
    counts_.bytes += packet->payload.size();
    rate_.add(packet->payload.size(), now);
    const bool resumes = is_interrupted_;
    if (!goes_on_with(*packet)) return;
    last_dts_ = packet->dts;
    end_ = std::max(end_, packet->pts + packet->duration);
    picture_ = tracks;
    if (plan_.kind == media::Kind::audio) return rendition_.write(packet, tracks);
    if (resumes) skip_sound_before(packet->pts);
    write_sound_until(packet->dts);
    rendition_.write(packet, tracks_with(waiting_.empty() ? sound_ : waiting_.front().tracks));
}

// On a rendition decode times only grow, and a decoder that lacks a frame goes on at a keyframe.
bool Rung::goes_on_with(const media::Packet& packet) noexcept {
    const bool is_later = !last_dts_ || packet.dts > *last_dts_;
    is_interrupted_ = !is_later || (is_interrupted_ && !packet.keyframe);
    return !is_interrupted_;
}

// Sound that comes later than the picture is written when it comes, as in the source.
void Rung::hear(const media::PacketRef& packet, const media::TrackSetRef& tracks) {
    waiting_.push_back({packet, tracks});
    waiting_bytes_ += cost(*packet);
    sound_ = tracks;
    if (!is_interrupted_) write_sound_until(*last_dts_);
    keep_limits();
}

void Rung::finish() {
    while (!is_interrupted_ && !waiting_.empty()) write_oldest_sound();
}

std::optional<media::Ticks> Rung::end() const noexcept { return is_interrupted_ ? std::nullopt : std::optional(end_); }

void Rung::skip_sound_before(media::Ticks time) {
    while (!waiting_.empty() && waiting_.front().packet->pts < time) pop_oldest_sound();
}

void Rung::write_sound_until(media::Ticks dts) {
    while (!waiting_.empty() && waiting_.front().packet->dts <= dts) write_oldest_sound();
}

void Rung::write_oldest_sound() {
    const Sound sound = waiting_.front();
    pop_oldest_sound();
    rendition_.write(sound.packet, tracks_with(sound.tracks));
}

void Rung::pop_oldest_sound() noexcept {
    waiting_bytes_ -= cost(*waiting_.front().packet);
    waiting_.pop_front();
}

// While the rung is interrupted nobody misses what goes.
void Rung::keep_limits() {
    const media::Ticks longest = media::Ticks::from(limits_.waiting_time);
    while (!waiting_.empty() && (waiting_bytes_ > limits_.waiting_bytes.bytes() ||
                                 waiting_.back().packet->dts - waiting_.front().packet->dts > longest)) {
        counts_.sound_dropped += is_interrupted_ ? 0 : 1;
        pop_oldest_sound();
    }
}

// The picture's own track and the sound that goes with it; the same pointer until one of them changes.
media::TrackSetRef Rung::tracks_with(const media::TrackSetRef& sound) {
    if (merged_ != nullptr && merged_picture_ == picture_ && merged_sound_ == sound) return merged_;
    merged_picture_ = picture_;
    merged_sound_ = sound;
    auto merged = std::make_shared<media::TrackSet>();
    if (const media::Track* video = picture_->first(media::Kind::video)) merged->tracks.push_back(*video);
    const media::Track* audio = sound != nullptr ? sound->first(media::Kind::audio) : nullptr;
    if (audio != nullptr) merged->tracks.push_back(*audio);
    if (merged_ == nullptr || merged->tracks != merged_->tracks) merged_ = std::move(merged);
    return merged_;
}

}  // namespace weir::stream

#include "package/part_target.hpp"

#include <algorithm>
#include <cmath>

namespace weir::package {

namespace {

using media::Ticks;

constexpr Ticks shortest_frame = Ticks::milliseconds(1);  // what is less says nothing
constexpr std::int64_t samples_per_frame = 1024;          // of AAC, and near enough to others

Ticks frame_of(const media::Packet& packet, const media::Track& track) {
    if (packet.duration > Ticks() || track.frame_rate <= 0) return packet.duration;
    return Ticks::from(1'000'000, std::llround(track.frame_rate * 1e6)) + Ticks(1);  // so that it is not rounded down
}

/// The most of `frame` that fits into `target`.
Ticks filled(Ticks target, Ticks frame) noexcept {
    return frame > Ticks() ? frame * (target.count() / frame.count()) : target;
}

bool fills(Ticks target, Ticks frame) noexcept { return filled(target, frame) * 100 >= target * least_filled; }

/// Of `frame`s, or a little longer so that one more frame of sound fits; zero where one of the two fills neither.
Ticks filled_by_both(Ticks frames, Ticks frame, Ticks sound) noexcept {
    if (fills(frames, sound)) return frames;
    const Ticks with_sound = filled(frames, sound) + sound;
    return fills(with_sound, frame) ? with_sound : Ticks();
}

}  // namespace

Ticks part_target(Ticks longest, Ticks frame, Ticks sound) noexcept {
    longest = std::max({longest, frame, sound});
    if (frame < shortest_frame) return longest;
    const Ticks most = filled(longest, frame);
    for (Ticks frames = most; frames > Ticks(); frames -= frame) {
        const Ticks target = filled_by_both(frames, frame, sound);
        if (target != Ticks() && target <= longest) return target;
    }
    for (Ticks frames = most; frames <= longest * 2; frames += frame) {
        const Ticks target = filled_by_both(frames, frame, sound);
        if (target != Ticks()) return target;
    }
    return std::max(most, sound);
}

Ticks part_target(Ticks longest, const media::Packet& first, const media::TrackSet& tracks) {
    const media::Track* const sound = tracks.first(media::Kind::audio);
    const bool has_rate = sound != nullptr && sound->id != first.track && sound->sample_rate != 0;
    const Ticks of_sound = has_rate ? Ticks::from(samples_per_frame, sound->sample_rate) : Ticks();
    return part_target(longest, frame_of(first, *tracks.find(first.track)), of_sound);
}

}  // namespace weir::package

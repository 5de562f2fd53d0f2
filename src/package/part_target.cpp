#include "package/part_target.hpp"

#include <algorithm>

namespace weir::package {

namespace {

using media::Ticks;

constexpr Ticks shortest_frame = Ticks::milliseconds(1);  // what is less says nothing

/// The most of `frame` that fits into `target`.
Ticks filled(Ticks target, Ticks frame) noexcept {
    return frame > Ticks() ? frame * (target.count() / frame.count()) : target;
}

bool fills(Ticks target, Ticks frame) noexcept { return filled(target, frame) * 100 >= target * 85; }

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

}  // namespace weir::package

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

}  // namespace

Ticks part_target(Ticks longest, Ticks frame, Ticks sound) noexcept {
    longest = std::max({longest, frame, sound});
    if (frame < shortest_frame) return longest;
    const Ticks most = filled(longest, frame);
    for (Ticks target = most; target > Ticks(); target -= frame) {
        if (fills(target, sound)) return target;
        // A little longer than the pictures, so that one more frame of sound fits.
        const Ticks with_sound = filled(target, sound) + sound;
        if (with_sound <= longest && fills(with_sound, frame)) return with_sound;
    }
    return std::max(most, sound);
}

}  // namespace weir::package

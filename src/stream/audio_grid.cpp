#include "stream/audio_grid.hpp"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

using media::Ticks;

// A described rate that is wrong parts from the wire again within this many frames, this many times in a row.
constexpr std::uint32_t soon = 24;
constexpr std::uint32_t enough = 4;
// A clock that runs has caught up long before.
constexpr Ticks longest_left_out = Ticks::milliseconds(1000);

}  // namespace

void AudioGrid::set_frame(Ticks frame) noexcept {
    frame_ = frame;
    mode_ = frame > Ticks() ? Mode::grid : Mode::wire;
    quick_resyncs_ = 0;
}

void AudioGrid::expect(Ticks frame) noexcept {
    if (frame <= Ticks() || frame == frame_) return;
    if (frame_ == Ticks()) return set_frame(frame);
    frame_ = frame;
}

Ticks AudioGrid::frame() const noexcept {
    if (mode_ != Mode::wire) return frame_;
    return before_ > Ticks() ? std::min(step_, before_) : step_;
}

AudioGrid::Place AudioGrid::place(Ticks wire, bool moved) {
    if (!last_) return put(wire);
    if (mode_ == Mode::count) return put(moved ? std::max(wire, next_) : next_);
    if (mode_ == Mode::wire || moved) return put(std::max(wire, next_));
    const Ticks off = wire - next_;
    ++frames_since_resync_;
    if (left_out_ > Ticks()) return off < -frame_ / 2 ? leave_out({}) : put(next_);
    if (-agreement <= off && off <= agreement) return put(next_);
    if (parts_again_and_again()) return change(Mode::wire, std::max(wire, next_), off);
    return off > Ticks() ? put(wire, off) : leave_out(off);
}

AudioGrid::Place AudioGrid::put(Ticks dts, Ticks off) noexcept {
    if (last_) before_ = std::exchange(step_, dts - *last_);
    last_ = dts;
    left_out_ = Ticks();
    next_ = dts + (mode_ == Mode::wire ? Ticks(1) : frame_);
    return {.dts = dts, .off = off};
}

AudioGrid::Place AudioGrid::leave_out(Ticks off) noexcept {
    left_out_ += frame_;
    if (left_out_ > longest_left_out) return change(Mode::count, next_, off);
    return {.off = off};
}

AudioGrid::Place AudioGrid::change(Mode mode, Ticks dts, Ticks off) noexcept {
    mode_ = mode;
    Place place = put(dts, off);
    place.mode_changed = true;
    return place;
}

bool AudioGrid::parts_again_and_again() noexcept {
    quick_resyncs_ = frames_since_resync_ <= soon ? quick_resyncs_ + 1 : 0;
    frames_since_resync_ = 0;
    return quick_resyncs_ >= enough;
}

}  // namespace weir::stream

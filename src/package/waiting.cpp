#include "package/waiting.hpp"

#include <algorithm>

namespace weir::package {

namespace {

using media::Ticks;

/// The longest that a part waits for rungs.
constexpr Ticks longest_hold = Ticks::milliseconds(1000);
/// An encoder looks ahead by frames, however long they last: so many are no delay to give a rung up for.
constexpr std::int64_t encoder_depth = 30;

}  // namespace

Ticks Waiting::newest() const noexcept {
    Ticks newest;
    for (const auto& voice : voices) newest = std::max(newest, voice->newest);
    return newest;
}

Ticks Waiting::horizon() const noexcept {
    Ticks horizon;
    for (const auto& voice : voices)
        if (voice->origin == Voice::Origin::source) horizon = std::max(horizon, voice->horizon.value_or(Ticks()));
    return horizon;
}

bool Waiting::is_awaited(const Voice& voice, const Boundary& end) const noexcept {
    return may_come(voice, end) && newest() < end.at + patience_for(voice);
}

/// Whether more may come for that segment.
bool Waiting::may_come(const Voice& voice, const Boundary& end) const noexcept {
    // A player that comes first should find all rungs: the first segment of one that has not begun may still be whole.
    if (voice.origin == Voice::Origin::rung && !voice.has_been_heard) return !has_published;
    if (!voice.lane.is_started() || voice.lane.sequence() >= end.sequence || voice.is_refused) return false;
    if (voice.origin == Voice::Origin::rung) return voice.is_under_way();
    return !voice.lane.is_silent() && !voice.awaits_boundary && tracks.first(voice.rendition.kind) != nullptr;
}

Ticks Waiting::patience_for(const Voice& voice) const noexcept {
    if (voice.origin == Voice::Origin::source) return patience;
    return std::clamp(voice.lane.frame() * encoder_depth, patience, std::max(patience, segment));
}

bool Waiting::may_show(const Voice& voice, Ticks end) const noexcept {
    if (voice.origin == Voice::Origin::rung) return true;
    const auto is_behind = [&](const auto& rung) {
        if (rung->origin == Voice::Origin::source || !rung->is_under_way()) return false;
        // Sound that is encoded again lies on a grid of its own.
        const Ticks near = rung->rendition.kind == media::Kind::audio ? rung->lane.frame() : rung->lane.frame() / 2;
        return rung->lane.end() + near < end;
    };
    return std::ranges::none_of(voices, is_behind) || newest() >= end + longest_hold;
}

Ticks Waiting::missed_until(const Voice& voice) const noexcept {
    const bool is_left_out = !is_source_offered && voice.origin == Voice::Origin::source && voice.awaits_boundary;
    const bool is_known = is_left_out || voice.is_withdrawn || voice.lane.is_open_shown() ||
                          newest() - voice.lane.start() >= patience * 2;
    // No further than boundaries are known, so that none of what is told belongs to the next segment.
    return is_known ? std::min(newest(), horizon()) - longest_hold : voice.lane.start();
}

}  // namespace weir::package

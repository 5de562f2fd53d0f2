#include "package/voice.hpp"

#include <algorithm>

namespace weir::package {

namespace {

using media::Packet;
using media::Ticks;

/// Picture and sound of a source do not end together, nor start. Slow pictures are further apart than this.
constexpr Ticks ragged = Ticks::milliseconds(500);
constexpr std::int64_t ragged_frames = 5;

}  // namespace

void Voice::await(Lane::Arrival arrival) {
    waiting_bytes += arrival.packet->payload.size();
    waiting.push_back(std::move(arrival));
}

void Voice::drop_oldest() {
    waiting_bytes -= waiting.front().packet->payload.size();
    waiting.pop_front();
}

void Voice::forget_waiting() noexcept {
    waiting.clear();
    waiting_bytes = 0;
}

const Boundary* Voice::begun_by(const Packet& packet, const Numbering& numbers) const {
    const bool is_video = rendition.kind == media::Kind::video;
    const Boundary* boundary = is_video ? numbers.starting_at(packet.pts) : numbers.before(packet.pts);
    if (boundary == nullptr || (lane.is_started() && boundary->sequence < lane.sequence())) return nullptr;
    if (lane.is_started() && boundary->sequence == lane.sequence() && lane.is_open_shown()) return nullptr;
    if (origin == Origin::rung && lane.owes_break() && !boundary->discontinuity) return nullptr;
    if (is_video) return packet.keyframe ? boundary : nullptr;
    const bool is_next = lane.is_started() && boundary->sequence > lane.sequence();
    if (is_under_way() && !packet.discontinuity) return is_next ? boundary : nullptr;
    const bool joins_break = packet.discontinuity && boundary->discontinuity;
    const bool is_ragged = joins_break || !lane.is_started();
    return packet.pts - boundary->at < (is_ragged ? ragged : packet.duration) ? boundary : nullptr;
}

void Voice::take(const media::PacketRef& packet, const Numbering& numbers, std::size_t most_bytes) {
    const Boundary* const begun = begun_by(*packet, numbers);
    const Boundary* const next = is_under_way() ? numbers.after(lane.sequence()) : nullptr;
    // Either the source breaks off here, and what came before is all there is; or a worker did.
    const bool is_broken = packet->discontinuity && !(next != nullptr && next->discontinuity && reaches(next->from));
    const bool is_overfull = lane.open_bytes() + packet->payload.size() > most_bytes;
    if (begun != nullptr) {
        if (is_broken) break_off();
        begin(*begun, packet->pts, numbers);
    } else if (is_broken || lane.is_interrupted() || is_overfull) {
        break_off();
    } else if (next != nullptr && packet->pts >= next->from) {
        leave(*next);
    }
    // Players were told already that what comes next is of the next segment.
    const bool is_left_over = next != nullptr && begun == nullptr && !packet->keyframe && lane.reaches(next->at);
    if (!awaits_boundary && !is_left_over) lane.add(packet);
}

void Voice::begin(const Boundary& boundary, Ticks time, const Numbering& numbers) {
    if (!lane.is_started()) {
        lane.begin(boundary, time);
    } else if (lane.sequence() == boundary.sequence) {
        lane.restart(boundary, time);
    } else {
        while (lane.sequence() < boundary.sequence) {
            const Boundary& next = *numbers.after(lane.sequence());
            lane.cross(next, next.sequence == boundary.sequence ? time : next.at);
        }
    }
    awaits_boundary = false;
}

void Voice::break_off() {
    if (lane.is_started()) lane.discard();
    awaits_boundary = true;
}

void Voice::leave_behind(const Boundary& next) {
    if (origin == Origin::source) return lane.cross(next, next.at);
    if (!next.discontinuity || !reaches(next.from)) break_off();
    leave(next);
}

/// The open segment is complete as it is, or was thrown away; the next one is not begun.
void Voice::leave(const Boundary& next) {
    lane.cross(next, next.at);
    awaits_boundary = true;
}

bool Voice::reaches(Ticks end) const noexcept {
    const Ticks slack = std::max(ragged, lane.frame() * ragged_frames);
    return is_under_way() && horizon && *horizon + slack >= end;
}

}  // namespace weir::package

#include "stream/boundaries.hpp"

#include <algorithm>

namespace weir::stream {

namespace {

// Clocks of whole milliseconds make six seconds 5.999 now and then; half a frame, and never more than this, is no difference.
constexpr media::Ticks longest_tolerance = media::Ticks::milliseconds(20);

}  // namespace

bool Boundaries::may_begin(base::Instant now) const noexcept {
    return begun_ == 0 ||
           std::chrono::floor<std::chrono::seconds>(now - start_).count() >= static_cast<std::int64_t>(begun_);
}

bool Boundaries::decide(const media::Packet& packet, std::uint32_t leading_track, bool starts, base::Instant now) {
    if (!leads(packet, leading_track) && !starts) return false;
    const media::Ticks tolerance = std::min(packet.duration / 2, longest_tolerance);
    const bool due = !last_ || packet.pts - *last_ >= segment_ - tolerance;
    if (!starts && (!packet.keyframe || !due || !may_begin(now))) return false;
    ++begun_;
    last_ = packet.pts;
    return true;
}

// A leading track that has sent nothing for a whole segment does not hold up the others.
bool Boundaries::leads(const media::Packet& packet, std::uint32_t leading_track) noexcept {
    if (packet.track == leading_track) {
        leader_seen_ = packet.dts;
        return true;
    }
    return packet.keyframe && packet.dts - leader_seen_ > segment_;
}

}  // namespace weir::stream

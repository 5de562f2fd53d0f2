#include "stream/boundaries.hpp"

#include <algorithm>

namespace weir::stream {

namespace {

// Clocks of whole milliseconds make six seconds 5.999 now and then; half a frame, and never more than this, is no difference.
constexpr media::Ticks longest_tolerance = media::Ticks::milliseconds(20);

media::Ticks tolerance_of(const media::Packet& packet) noexcept {
    return std::min(packet.duration / 2, longest_tolerance);
}

}  // namespace

bool Boundaries::may_begin(base::Instant now) const noexcept {
    return begun_ == 0 ||
           std::chrono::floor<std::chrono::seconds>(now - start_).count() >= static_cast<std::int64_t>(begun_);
}

bool Boundaries::decide(const media::Packet& packet, std::uint32_t leading_track, bool starts, base::Instant now) {
    if (!leads(packet, leading_track) && !starts) return false;
    if (packet.track == leading_track) watch_keyframes(packet, starts);
    const bool due = !last_ || packet.pts - *last_ >= segment_ - tolerance_of(packet);
    const bool fit = packet.keyframe || !source_leads_;
    if (!starts && (!fit || !due || !may_begin(now))) return false;
    ++begun_;
    last_ = packet.pts;
    return true;
}

void Boundaries::set_encoders(bool there_are) noexcept {
    has_encoders_ = there_are;
    if (!there_are) source_leads_ = true;
}

// A leading track that has sent nothing for a whole segment does not hold up the others.
bool Boundaries::leads(const media::Packet& packet, std::uint32_t leading_track) noexcept {
    if (packet.track == leading_track) {
        leader_seen_ = packet.dts;
        return true;
    }
    return packet.keyframe && !is_hurried_ && packet.dts - leader_seen_ > segment_;
}

// Keyframes come too seldom where they are further apart than a segment, or where none comes in time for what players have been
// told of the length of segments (one that came in time and that the clock did not let through is not the source's fault).
void Boundaries::watch_keyframes(const media::Packet& packet, bool starts) noexcept {
    if (starts) source_leads_ = true;
    if (packet.keyframe) last_keyframe_ = packet.pts;
    if (packet.keyframe || !source_leads_ || !has_encoders_ || !last_ || !last_keyframe_) return;
    const media::Ticks distance = packet.pts - *last_keyframe_;
    const media::Ticks tolerance = tolerance_of(packet);
    const bool is_late = longest_ != media::Ticks() && packet.pts - *last_ >= longest_ - tolerance &&
                         *last_keyframe_ - *last_ < segment_ - tolerance;
    if (distance <= segment_ + tolerance && !is_late) return;
    source_leads_ = false;
    keyframe_distance_ = distance;
}

}  // namespace weir::stream

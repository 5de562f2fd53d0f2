#include "transcode/rung_output.hpp"

#include <algorithm>
#include <utility>

namespace weir::transcode {

bool RungOutput::interrupt() noexcept { return std::exchange(is_flowing_, false); }

bool RungOutput::accept(media::Packet& packet) noexcept {
    if (!follows(packet)) {
        // What was referred to is missing: only a keyframe helps.
        if (last_ && packet.dts <= *last_) is_flowing_ = false;
        return false;
    }
    if (packet.discontinuity) broken_at_.reset();
    else if (broken_at_ && packet.pts >= *broken_at_) {
        packet.discontinuity = !is_flowing_ && has_begun();
        broken_at_.reset();
    }
    is_flowing_ = true;
    last_ = packet.dts;
    newest_ = newest_ ? std::max(*newest_, packet.pts) : packet.pts;
    return true;
}

bool RungOutput::follows(const media::Packet& packet) const noexcept {
    if (last_ && packet.dts <= *last_) return false;
    return is_flowing_ || (packet.keyframe && (!newest_ || packet.pts > *newest_));
}

}  // namespace weir::transcode

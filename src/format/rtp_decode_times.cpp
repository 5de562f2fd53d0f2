#include "format/rtp_decode_times.hpp"

#include "media/h264.hpp"
#include "media/track_config.hpp"

#include <algorithm>

namespace weir::format::rtp {

using media::Ticks;

namespace {

/// A picture so much earlier than another is not reordered: the source's clock jumped.
constexpr Ticks longest_reorder = Ticks::milliseconds(1000);
/// The least step between two pictures: what the clock of video can say.
constexpr Ticks least_step = Ticks::from(1, 90'000);

bool is_guess(const media::Track& track) {
    if (track.codec != media::Codec::h264) return false;
    const auto config = media::h264::parse_config(track.config);
    const auto sps = config ? media::h264::parse_sps(config->sps.front()) : std::unexpected(config.error());
    return sps && sps->reorder_is_inferred;
}

}  // namespace

void DecodeTimes::follow(const media::Track& track) {
    most_depth_ = media::reorder_depth(track);
    depth_ = is_guess(track) ? std::min(depth_, most_depth_) : most_depth_;
    period_ = media::frame_duration(track);
}

Ticks DecodeTimes::next(Ticks presented, bool gap) {
    const bool jumped = last_ && (presented < *last_ - longest_reorder || presented > *last_ + longest_reorder * 10);
    if (gap || jumped) recent_.clear(), ahead_.clear();
    if (jumped) last_.reset();
    learn(presented);
    ahead_.insert(std::ranges::upper_bound(ahead_, presented), presented);
    Ticks decoded = ahead_.front();
    if (ahead_.size() > depth_) ahead_.erase(ahead_.begin());
    else decoded -= std::max(period_, least_step) * static_cast<std::int64_t>(depth_ + 1 - ahead_.size());
    if (last_) {
        decoded = std::max(decoded, *last_ + least_step);
        if (ahead_.size() == depth_) measure(decoded - *last_);
    }
    last_ = decoded;
    return decoded;
}

/// As many as were decoded before this picture and are presented after it.
void DecodeTimes::learn(Ticks presented) {
    const auto later = std::ranges::count_if(recent_, [&](Ticks one) { return one > presented; });
    depth_ = std::max(depth_, std::min(static_cast<unsigned>(later), most_depth_));
    if (recent_.size() == longest_window) recent_.pop_front();
    recent_.push_back(presented);
}

void DecodeTimes::measure(Ticks step) noexcept {
    if (step > least_step && step < longest_reorder) period_ = step;
}

}  // namespace weir::format::rtp

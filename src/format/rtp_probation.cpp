#include "format/rtp_probation.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::rtp {

namespace {

// Units are thousandths of a second here: how far a timestamp may be from the one before it, beside the time that passed.
constexpr std::int64_t least_reach = 40;
constexpr std::int64_t most_reach = 1000;  // no picture is reordered by more; before the source's pace is known, too

/// In units of the clock, forward or back.
std::int64_t between(std::uint32_t from, std::uint32_t to) noexcept { return static_cast<std::int32_t>(to - from); }

}  // namespace

void Probation::receive(JitterBuffer::Ordered packet) {
    if (auto held = std::exchange(held_, std::nullopt)) {
        const Mark mark{.stamp = held->packet.header.timestamp, .arrived = held->arrived};
        const std::int64_t from_held = std::abs(between(mark.stamp, packet.packet.header.timestamp));
        const std::int64_t from_last = std::abs(between(last_->stamp, packet.packet.header.timestamp));
        if (from_held < from_last && is_near(packet, mark)) {
            last_ = mark;
            believed_.push_back(*std::move(held));
        } else {
            ++refused_;
            packet.gap = true;
        }
    }
    if (!last_ || is_near(packet, *last_)) pass(std::move(packet));
    else held_ = std::move(packet);
}

bool Probation::is_near(const JitterBuffer::Ordered& packet, const Mark& mark) const noexcept {
    const std::int64_t step = between(mark.stamp, packet.packet.header.timestamp);
    const auto elapsed = std::max(base::Duration(), packet.arrived - mark.arrived);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count() * clock_ / 1000;
    const std::int64_t farthest = reach();
    return -farthest <= step && step <= passed + farthest;
}

std::int64_t Probation::reach() const noexcept {
    const std::int64_t most = most_reach * clock_ / 1000;
    if (steps_seen_ < steps_.size()) return most;
    return std::clamp(*std::ranges::max_element(steps_) * 2, least_reach * clock_ / 1000, most);
}

void Probation::pass(JitterBuffer::Ordered packet) {
    const std::uint32_t stamp = packet.packet.header.timestamp;
    if (const std::int64_t step = last_ ? std::abs(between(last_->stamp, stamp)) : 0; step != 0)
        steps_[steps_seen_++ % steps_.size()] = step;
    last_ = Mark{.stamp = stamp, .arrived = packet.arrived};
    believed_.push_back(std::move(packet));
}

std::optional<JitterBuffer::Ordered> Probation::next() {
    if (believed_.empty()) return std::nullopt;
    JitterBuffer::Ordered packet = std::move(believed_.front());
    believed_.pop_front();
    return packet;
}

void Probation::restart() noexcept {
    last_.reset();
    held_.reset();
    steps_seen_ = 0;
    steps_ = {};
}

}  // namespace weir::format::rtp

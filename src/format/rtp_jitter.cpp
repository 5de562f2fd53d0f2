#include "format/rtp_jitter.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::rtp {

namespace {

// RFC 3550 A.1: further off than this, a packet is not of the same count unless the next one agrees.
constexpr std::int64_t most_dropout = 3000;
constexpr std::int64_t most_misorder = 100;

/// How much memory a packet holds on to while it waits.
std::size_t held_by(const Packet& packet) noexcept { return packet.payload.size() + header_size; }

}  // namespace

void JitterBuffer::receive(Packet packet, base::Instant now) {
    const std::uint16_t number = packet.header.sequence;
    if (!next_ || std::exchange(ended_, false)) {
        restart(number);
        starting_ = limits_.delay > base::Duration();
    }
    const std::int64_t sequence = *next_ + static_cast<std::int16_t>(number - static_cast<std::uint16_t>(*next_));
    if (sequence - *next_ > most_dropout || *next_ - sequence > most_misorder)
        return receive_stray(std::move(packet), now);
    stray_.reset();
    if (starting_) next_ = std::min(*next_, sequence);
    if (sequence < *next_) {
        ++counts_.late;  // or a second copy, which is as useless
        return;
    }
    highest_ = std::max(highest_, sequence);
    if (sequence > *next_ || starting_) return wait(sequence, std::move(packet), now);
    pass(std::move(packet), now);
    drain();
}

void JitterBuffer::pass(Packet packet, base::Instant arrived) {
    ++counts_.received;
    ++*next_;
    ready_.push_back({.packet = std::move(packet), .gap = std::exchange(gap_, false), .arrived = arrived});
}

void JitterBuffer::wait(std::int64_t sequence, Packet packet, base::Instant now) {
    const std::size_t held = held_by(packet);
    const auto [at, is_new] = waiting_.try_emplace(sequence, Ordered{.packet = std::move(packet), .arrived = now});
    if (!is_new) {
        ++counts_.late;
        return;
    }
    arrivals_.push_back({.sequence = sequence, .at = now, .next = *next_});
    waiting_bytes_ += held;
    if (!starting_) ++counts_.reordered;
    tick(now);
    while (waiting_.size() > limits_.packets || waiting_bytes_ > limits_.bytes.bytes()) give_up();
}

/// Passes what has waited for the packet before it.
void JitterBuffer::drain() {
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == *next_; first = waiting_.begin()) {
        waiting_bytes_ -= held_by(first->second.packet);
        Ordered ordered = std::move(first->second);
        waiting_.erase(first);
        pass(std::move(ordered.packet), ordered.arrived);
    }
    forget_arrivals();
}

void JitterBuffer::forget_arrivals() {
    while (!arrivals_.empty() && arrivals_.front().sequence < *next_) arrivals_.pop_front();
}

/// What is missing before the first that waits is lost.
void JitterBuffer::give_up() {
    const std::int64_t first = waiting_.begin()->first;
    counts_.lost += static_cast<std::uint64_t>(first - *next_);
    gap_ = gap_ || first != *next_;
    starting_ = false;
    next_ = first;
    drain();
}

void JitterBuffer::tick(base::Instant now) {
    while (now >= deadline()) {
        if (!is_astray()) {
            give_up();
            continue;
        }
        const auto stray = waiting_.begin();
        waiting_bytes_ -= held_by(stray->second.packet);
        waiting_.erase(stray);
        arrivals_.pop_front();
        forget_arrivals();
        ++counts_.late;
    }
}

/// Whether nothing is lost but the number of the packet that has waited too long: none comes after it, and those before it have gone on
/// coming, so slowly that most of them are still to come.
bool JitterBuffer::is_astray() const noexcept {
    const Arrival& first = arrivals_.front();
    const bool is_alone = waiting_.size() == 1 && waiting_.begin()->first == first.sequence;
    const std::int64_t came = *next_ - first.next;
    return is_alone && !starting_ && came > 0 && first.sequence - *next_ > came;
}

void JitterBuffer::end() {
    while (!waiting_.empty()) give_up();
    stray_.reset();
    ended_ = true;
}

std::optional<JitterBuffer::Ordered> JitterBuffer::next() {
    if (ready_.empty()) return std::nullopt;
    Ordered ordered = std::move(ready_.front());
    ready_.pop_front();
    return ordered;
}

base::Instant JitterBuffer::deadline() const noexcept {
    return arrivals_.empty() ? base::Instant::max() : arrivals_.front().at + limits_.delay;
}

/// Two of them in a row are a source that counts anew.
void JitterBuffer::receive_stray(Packet packet, base::Instant now) {
    const auto before = static_cast<std::uint16_t>(packet.header.sequence - 1);
    const bool agrees = stray_ && stray_->packet.header.sequence == before;
    std::optional<Ordered> first = std::exchange(stray_, Ordered{.packet = std::move(packet), .arrived = now});
    if (!agrees) return;
    Ordered second = *std::exchange(stray_, std::nullopt);
    ++counts_.restarts;
    restart(before);
    pass(std::move(first->packet), first->arrived);
    pass(std::move(second.packet), second.arrived);
    highest_ = *next_ - 1;
}

void JitterBuffer::restart(std::uint16_t sequence) {
    while (!waiting_.empty()) give_up();
    gap_ = next_.has_value();
    // The turns of the counter go on, so that reports never go back.
    next_ = next_ ? ((*next_ >> 16) + 1) << 16 | sequence : sequence;
    highest_ = *next_;
}

}  // namespace weir::format::rtp

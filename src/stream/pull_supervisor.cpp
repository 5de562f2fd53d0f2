#include "stream/pull_supervisor.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::stream {

namespace {

constexpr std::array<std::string_view, 4> names{"idle", "connecting", "running", "waiting"};

}  // namespace

std::string_view name(PullState state) noexcept { return names[static_cast<std::size_t>(state)]; }

PullSupervisor::PullSupervisor(PullPlan plan, PullLimits limits, std::uint32_t seed, base::Instant now)
    : plan_(plan), limits_(limits), backoff_(limits.first_wait, limits.longest_wait), random_(seed) {
    if (is_wanted(now)) begin(now);
}

bool PullSupervisor::is_wanted(base::Instant now) const noexcept {
    return !plan_.on_demand || (wanted_until_ && now < *wanted_until_);
}

void PullSupervisor::wanted(base::Instant now) {
    wanted_until_ = now + plan_.idle;
    if (state_ == PullState::idle && is_wanted(now)) begin(now);
}

void PullSupervisor::watched(std::uint32_t viewers, base::Instant now) {
    if (viewers > 0) wanted(now);
}

void PullSupervisor::begin(base::Instant now) {
    since_ = now;
    events_.emplace_back(BeginPull{address_});
    enter(PullState::connecting, {});
}

void PullSupervisor::media(base::Instant now) {
    if (state_ != PullState::connecting) return;
    since_ = now;
    failed_ = 0;
    reason_.clear();
    enter(PullState::running, {});
}

void PullSupervisor::ended(base::ErrorKind /*kind*/, std::string_view text, base::Instant now) {
    if (state_ != PullState::connecting && state_ != PullState::running) return;
    reason_ = text;
    const bool was_running = state_ == PullState::running;
    if (was_running && now - since_ >= limits_.proven) backoff_.reset();
    if (!was_running) address_ = (address_ + 1) % plan_.addresses;
    failed_ = was_running ? 0 : failed_ + 1;
    if (!is_wanted(now)) return rest(plan_.unwanted, true);
    // Another address may be there at once; a round of failures, or the loss of what ran, is waited for.
    if (failed_ % plan_.addresses != 0) {
        enter(PullState::waiting, reason_);
        return begin(now);
    }
    wait(now);
}

void PullSupervisor::wait(base::Instant now) {
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    const base::Duration wait = std::max(limits_.least_wait, backoff_.next(random));
    since_ = now;
    until_ = now + wait;
    enter(PullState::waiting, reason_, wait);
}

void PullSupervisor::tick(base::Instant now) {
    if (state_ == PullState::idle) return;
    if (!is_wanted(now)) {
        const bool is_fetching = state_ != PullState::waiting;
        if (is_fetching) events_.emplace_back(DropPull{std::string(plan_.unwanted), true});
        return rest(plan_.unwanted, !is_fetching);
    }
    if (state_ == PullState::waiting && now >= until_) return begin(now);
    if (state_ == PullState::connecting && now - since_ >= limits_.connect) {
        constexpr std::string_view late = "the source did not send anything in time";
        events_.emplace_back(DropPull{std::string(late), false});
        ended(base::ErrorKind::timed_out, late, now);
    }
}

// A stream that waits for its source's return need not, where nobody is there.
void PullSupervisor::rest(std::string_view reason, bool ends_stream) {
    if (ends_stream) events_.emplace_back(DropPull{std::string(reason), true});
    backoff_.reset();
    failed_ = 0;
    enter(PullState::idle, reason);
}

void PullSupervisor::enter(PullState state, std::string_view reason, base::Duration wait) {
    if (state == state_) return;
    state_ = state;
    events_.emplace_back(PullChanged{state, std::string(reason), wait});
}

std::optional<PullEvent> PullSupervisor::next_event() {
    if (events_.empty()) return std::nullopt;
    PullEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

}  // namespace weir::stream

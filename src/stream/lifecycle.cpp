#include "stream/lifecycle.hpp"

#include <algorithm>
#include <array>

namespace weir::stream {

namespace {

constexpr std::array<std::string_view, 8> state_names{"new",      "starting", "running", "recovering",
                                                      "stopping", "stopped",  "error",   "failed"};
constexpr std::array<std::string_view, 9> happening_names{"publisher_came", "media_came",       "publisher_lost",
                                                          "hold_over",      "stop_requested",   "drained",
                                                          "fault",          "budget_exhausted", "paused"};

struct Row {
    State from;
    Happening happening;
    State to;
};

// The whole life. What is not here cannot happen.
//
//   New ─► Starting ─► Running ─► Stopping ─► Stopped
//             │           │
//             └──► Error ◄┘──► Recovering ──► Running
//                                 └────────► Failed
constexpr Row table[] = {
    {State::fresh, Happening::publisher_came, State::starting},
    {State::fresh, Happening::stop_requested, State::stopping},

    {State::starting, Happening::media_came, State::running},
    {State::starting, Happening::publisher_lost, State::recovering},
    {State::starting, Happening::fault, State::error},
    {State::starting, Happening::paused, State::recovering},
    {State::starting, Happening::stop_requested, State::stopping},

    {State::running, Happening::publisher_lost, State::recovering},
    {State::running, Happening::fault, State::error},
    {State::running, Happening::paused, State::recovering},
    {State::running, Happening::stop_requested, State::stopping},

    {State::error, Happening::publisher_lost, State::recovering},
    {State::error, Happening::stop_requested, State::stopping},

    // A publisher that is back has to send something before viewers call it running.
    {State::recovering, Happening::publisher_came, State::recovering},
    {State::recovering, Happening::media_came, State::running},
    {State::recovering, Happening::publisher_lost, State::recovering},
    {State::recovering, Happening::fault, State::error},
    {State::recovering, Happening::paused, State::recovering},
    {State::recovering, Happening::hold_over, State::stopping},
    {State::recovering, Happening::stop_requested, State::stopping},
    {State::recovering, Happening::budget_exhausted, State::failed},

    {State::stopping, Happening::drained, State::stopped},
};

}  // namespace

std::string_view name(State state) noexcept { return state_names[static_cast<std::size_t>(state)]; }
std::string_view name(Happening happening) noexcept { return happening_names[static_cast<std::size_t>(happening)]; }

Step next(State state, Happening happening) noexcept {
    const auto* const row = std::ranges::find_if(
        table, [&](const Row& candidate) { return candidate.from == state && candidate.happening == happening; });
    return row == std::end(table) ? Step{state, false} : Step{row->to, true};
}

bool ErrorBudget::spend(base::Instant now) {
    while (!spent_.empty() && now - spent_.front() >= window_) spent_.pop_front();
    if (spent_.size() >= faults_) return false;
    spent_.push_back(now);
    return true;
}

base::Duration Backoff::next(double random) noexcept {
    base::Duration ceiling = first_;
    for (std::uint32_t i = 0; i < attempt_ && ceiling < longest_; ++i) ceiling = std::min(ceiling, longest_ / 2) * 2;
    if (ceiling < longest_) ++attempt_;
    ceiling = std::min(ceiling, longest_);
    return base::Duration(static_cast<base::Duration::rep>(static_cast<double>(ceiling.count()) * random));
}

}  // namespace weir::stream

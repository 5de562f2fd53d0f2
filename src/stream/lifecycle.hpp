// The life of a stream, as a table. `Recovering` is what viewers experience as a pause: the publisher is gone and within
// its hold time. An illegal transition is a bug and fails an assertion; tests walk the whole table.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "base/clock.hpp"

namespace weir::stream {

enum class State : std::uint8_t { fresh, starting, running, recovering, stopping, stopped, error, failed };
enum class Happening : std::uint8_t {
    publisher_came,    ///< accepted; no media yet
    media_came,        ///< the first packet of a publication
    publisher_lost,    ///< hold begins
    hold_over,         ///< nobody returned
    stop_requested,    ///< by an operator, or the server drains
    drained,           ///< the last segment is out and the viewers are told
    fault,             ///< the source itself went wrong; its loss follows, and perhaps its return
    budget_exhausted,  ///< too many faults in the window
    paused,            ///< by an operator, while somebody publishes: what comes is not taken
};

[[nodiscard]] std::string_view name(State state) noexcept;  ///< as in the API: "new", "starting", ...
[[nodiscard]] std::string_view name(Happening happening) noexcept;

/// The state that follows, or `state` itself with `legal == false`.
struct Step {
    State next;
    bool legal;
    friend bool operator==(const Step&, const Step&) = default;
};
[[nodiscard]] Step next(State state, Happening happening) noexcept;

/// Nothing comes after: the stream takes no publisher any more, and its name is free for another one.
[[nodiscard]] constexpr bool is_over(State state) noexcept {
    return state == State::stopping || state == State::stopped || state == State::failed;
}

/// How many faults a stream may have in a window before `Recovering` becomes `Failed`. Remembers no more than those.
class ErrorBudget {
  public:
    ErrorBudget(std::uint32_t faults, base::Duration window) noexcept : faults_(faults), window_(window) {}
    /// Counts a fault; false when it is one more than the window may have.
    [[nodiscard]] bool spend(base::Instant now);

  private:
    std::uint32_t faults_;
    base::Duration window_;
    std::deque<base::Instant> spent_;
};

/// Exponential backoff with full jitter. `random` is in [0, 1): the caller owns the randomness, so tests are exact.
class Backoff {
  public:
    Backoff(base::Duration first, base::Duration longest) noexcept : first_(first), longest_(longest) {}
    /// How long to wait before the next attempt: anything up to `first`, then up to twice that, ... up to `longest`.
    [[nodiscard]] base::Duration next(double random) noexcept;
    void reset() noexcept { attempt_ = 0; }

  private:
    base::Duration first_;
    base::Duration longest_;
    std::uint32_t attempt_ = 0;
};

}  // namespace weir::stream

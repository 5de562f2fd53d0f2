// When a stream's source is fetched, from which of its addresses, and when to try again. Sans-IO: the driver (endpoint/pull) has the
// puller and the stream. After each call, drain `next_event()` until it is empty.
//
//    idle ── wanted ──► connecting ── media ──► running          An address that fails gives way to the next at once; when all have
//     ▲                   │    ▲                  │              failed, and when one that ran is lost, a wait comes before the next
//     └─ nobody for long ─┤    └── waiting ◄──────┘              attempt: exponential, with jitter, from the same address on.
//
// A pull that is always wanted never is idle. One on demand is wanted as long as somebody asks or watches, and some time longer.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "stream/lifecycle.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>

namespace weir::stream {

enum class PullState : std::uint8_t { idle, connecting, running, waiting };
[[nodiscard]] std::string_view name(PullState state) noexcept;  ///< as in the API

/// What the configuration wants.
struct PullPlan {
    std::size_t addresses = 1;  ///< how many there are; at least one
    bool on_demand = false;
    base::Duration idle = std::chrono::seconds(30);  ///< how long after the last viewer one on demand goes on
    std::string_view unwanted = "nobody watches";    ///< a literal: why one on demand is let go
    friend bool operator==(const PullPlan&, const PullPlan&) = default;
};

struct PullLimits {
    base::Duration first_wait = std::chrono::seconds(1);
    base::Duration longest_wait = std::chrono::seconds(30);
    base::Duration least_wait = std::chrono::milliseconds(100);
    base::Duration connect = std::chrono::seconds(15);
    base::Duration proven = std::chrono::seconds(10);

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view attempts = "weir_pull_attempts_total";
        visit("first_wait", self.first_wait,
              Limit{.what = "the longest wait before a source is tried again the first time",
                    .at_limit = "it is tried again; the next wait may be twice as long",
                    .metric = attempts});
        visit("longest_wait", self.longest_wait,
              Limit{.what = "the longest wait before a source is tried again",
                    .at_limit = "the wait grows no further",
                    .metric = attempts});
        visit("least_wait", self.least_wait,
              Limit{.what = "the shortest wait before a source is tried again",
                    .at_limit = "it is tried again",
                    .metric = attempts});
        visit("connect", self.connect,
              Limit{.what = "from an attempt to the first media",
                    .at_limit = "the attempt has failed",
                    .metric = "weir_pull_failures_total"});
        visit("proven", self.proven,
              Limit{.what = "how long a source runs until its next loss is a first one",
                    .at_limit = "waits begin anew",
                    .metric = attempts});
    }
};

/// Fetch the address of that number; `ended` is the answer in the end.
struct BeginPull {
    std::size_t address = 0;
};
/// Let go of what is being fetched; no `ended` follows.
struct DropPull {
    std::string reason;
    bool ends_stream = false;  ///< nobody wants it: viewers need not wait for its return
};
/// The state is another one.
struct PullChanged {
    PullState state = PullState::idle;
    std::string reason;     ///< why, for people; empty where it goes without saying
    base::Duration wait{};  ///< of `waiting`
};
using PullEvent = std::variant<BeginPull, DropPull, PullChanged>;

class PullSupervisor {
  public:
    PullSupervisor(PullPlan plan, PullLimits limits, std::uint32_t seed, base::Instant now);

    /// Somebody asks for the stream.
    void wanted(base::Instant now);
    /// How many watch it, again and again.
    void watched(std::uint32_t viewers, base::Instant now);
    /// Media comes, for the first time in this attempt.
    void media(base::Instant now);
    /// What was begun is over.
    void ended(base::ErrorKind kind, std::string_view text, base::Instant now);
    void tick(base::Instant now);
    [[nodiscard]] std::optional<PullEvent> next_event();

    [[nodiscard]] PullState state() const noexcept { return state_; }
    /// Of the newest attempt.
    [[nodiscard]] std::size_t address() const noexcept { return address_; }
    /// Why the last attempt ended; empty while it runs.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  private:
    [[nodiscard]] bool is_wanted(base::Instant now) const noexcept;
    void begin(base::Instant now);
    void wait(base::Instant now);
    void rest(std::string_view reason, bool ends_stream);
    void enter(PullState state, std::string_view reason, base::Duration wait = {});

    const PullPlan plan_;
    const PullLimits limits_;
    Backoff backoff_;
    std::minstd_rand random_;
    std::deque<PullEvent> events_;

    PullState state_ = PullState::idle;
    base::Instant since_{};  ///< when the state was entered
    base::Instant until_{};  ///< of `waiting`: when it ends
    std::optional<base::Instant> wanted_until_;
    std::size_t address_ = 0;
    std::size_t failed_ = 0;  ///< addresses in a row that gave nothing
    std::string reason_;
};

}  // namespace weir::stream

// One target that a stream is sent to, as a plan: when an attempt is made, how long is waited after one that ended, and what is told
// of it. It neither connects nor knows how (endpoint/pusher): it is told what happens, and says what to do. Time and randomness come
// in, so that hours of it are tested at once. The states:
//
//   waiting ─► connecting ─► running
//      ▲            │            │
//      └────────────┴────────────┴──► failed, until the stream is another one
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "media/track.hpp"
#include "stream/lifecycle.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::stream {

enum class PushState : std::uint8_t {
    waiting,     ///< for the stream, or for the next attempt: the reason says which
    connecting,  ///< the target has not agreed yet
    running,     ///< media goes out
    failed,      ///< it cannot work as it is: no other attempt while the stream stays what it is
};
[[nodiscard]] std::string_view name(PushState state) noexcept;

/// How an attempt ended.
enum class PushEnd : std::uint8_t {
    transient,  ///< no connection, a connection that broke, a server that is busy: it is worth another try
    refused,  ///< the target says no (a wrong key, a name that is taken): another try is worth less, and is made later
    impossible,  ///< it can never work as it is: what the stream has cannot be sent this way
    drained,     ///< nothing more comes of the stream or rung; the target was told goodbye
};

struct PushLimits {
    std::size_t of_stream = 16;
    std::size_t in_all = 500;
    base::Duration first_pause = std::chrono::seconds(1);
    base::Duration longest_pause = std::chrono::seconds(30);
    base::Duration refused_pause = std::chrono::seconds(5);
    base::Duration steady = std::chrono::seconds(10);

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("of_stream", self.of_stream,
              Limit{.what = "targets that one stream is sent to",
                    .at_limit = "further ones are refused",
                    .metric = "weir_push_refused_total"});
        visit("in_all", self.in_all,
              Limit{.what = "targets of all streams",
                    .at_limit = "further ones are refused",
                    .metric = "weir_push_refused_total"});
        visit(
            "longest_pause", self.longest_pause,
            Limit{.what = "time between two attempts to reach a target: from a second on it doubles up to this, and of "
                          "that a random part",
                  .at_limit = "the next attempt",
                  .metric = "weir_push_attempts_total"});
    }
};

/// What is known of the rendition to send.
struct PushSource {
    bool is_playable = false;
    std::string reason;         ///< why not
    media::TrackSetRef tracks;  ///< other ones may work where these did not
};

class PushPlan {
  public:
    PushPlan(const PushLimits& limits, base::Now now);

    /// Looks at the time and the stream: true says that an attempt is to be made now.
    [[nodiscard]] bool look(const PushSource& source, base::Now now);
    /// What became of the attempt.
    void runs(base::Now now);
    /// `random` is in [0, 1).
    void ended(PushEnd end, std::string_view reason, base::Now now, double random);

    [[nodiscard]] PushState state() const noexcept { return state_; }
    /// Why it is in this state; may be empty.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
    [[nodiscard]] base::WallTime since() const noexcept { return since_; }
    [[nodiscard]] std::uint64_t attempts() const noexcept { return attempts_; }
    /// Of an attempt that is to come; zero where it waits for the stream, and in the other states.
    [[nodiscard]] base::Duration until_next(base::Instant now) const noexcept;

  private:
    void enter(PushState state, std::string_view reason, base::Now now);

    const PushLimits limits_;
    Backoff backoff_;
    PushState state_ = PushState::waiting;
    std::string reason_;
    base::WallTime since_;
    base::Instant ran_since_{};
    base::Instant next_;
    std::uint64_t attempts_ = 0;
    media::TrackSetRef tracks_;  ///< of the attempt
};

/// What others may know of a target.
struct PushStatus {
    std::string id;
    std::string target;  ///< the address without what may be secret in it
    std::string rung;
    PushState state = PushState::waiting;
    std::string reason;
    base::WallTime since;
    std::uint64_t attempts = 0;
    base::Duration until_next{};      ///< zero: no attempt is to come by the clock
    std::uint64_t bytes = 0;          ///< sent in this attempt, and those before
    std::uint64_t retransmitted = 0;  ///< the same
    base::Duration round_trip{};      ///< zero: not known
};

/// An address as it may be shown: whom it names, and the first part of its path. Users, passwords, keys and queries are left out.
[[nodiscard]] std::string shown_address(std::string_view url);

}  // namespace weir::stream

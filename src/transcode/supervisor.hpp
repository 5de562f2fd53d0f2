// Keeps one worker at work for one stream: starts it, gives it the source, passes on what it makes, and when it crashes, hangs, grows
// or talks nonsense ends it and starts the next, inside an error budget. Sans-IO: the driver (endpoint/worker) has the process and
// the socket. After each call, drain `next_event()` until it is empty.
//
//   idle ─ first packet ─► starting ─ spawned ─► greeting ─ Hello ─► working
//                             ▲                      │                  │
//                             └─ waiting ◄─ exited ─ ending ◄───────────┘  (killed, or on its own) ─► failed
//
// The source never waits for any of this. What a worker sends is not believed: it may have been taken over by what it decodes.
#pragma once

#include "base/clock.hpp"
#include "base/journal.hpp"
#include "format/relay_messages.hpp"
#include "stream/entry.hpp"
#include "stream/lifecycle.hpp"
#include "stream/transcoder.hpp"
#include "transcode/limits.hpp"
#include "transcode/overload.hpp"
#include "transcode/replay.hpp"
#include "transcode/rung_output.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace weir::transcode {

/// Start a worker; `spawned` or `exited` is the answer.
struct Spawn {};
/// End the worker, by force; `exited` follows. What it still sends does not matter.
struct Kill {
    std::string reason;
};
struct Send {
    format::relay::Message message;
};
/// For `stream::RungSink::write_rung`; `rung` is a place in the plan.
struct RungPacket {
    std::size_t rung = 0;
    media::Packet packet;
    media::TrackSetRef tracks;
};
/// For `stream::RungSink::interrupt_rung`.
struct RungInterrupted {
    std::size_t rung = 0;
};
/// The picture of now that was asked for; empty: it could not be made.
struct StillMade {
    format::relay::Still still;
};
/// For the journal; the text may be a worker's.
struct Remark {
    base::LogLevel level = base::LogLevel::info;
    std::string text;
};

using Event = std::variant<Spawn, Kill, Send, RungPacket, RungInterrupted, StillMade, Remark>;

class Supervisor {
  public:
    /// `plan` and `setup` are of one `Choice`. `program` is what Hello says; `seed` is for the jitter of restarts.
    Supervisor(std::vector<stream::RungPlan> plan, format::relay::Setup setup, std::string program, Limits limits,
               std::uint32_t seed);

    /// The next packet of the source. The first one starts the worker.
    void write(const stream::Entry& entry, base::Now now);
    /// The source pauses: what is being encoded comes out; what follows begins anew at a keyframe.
    void flush(base::Now now);
    /// The socket to the worker is full beyond its limit, or is not any more: meanwhile the source is dropped, up to a keyframe
    /// (but not what a new worker begins with, which `held_bytes` bounds). A new worker's socket is not full.
    void congested(bool is_congested) noexcept { is_congested_ = is_congested; }

    /// The worker runs.
    void spawned(std::int64_t pid, base::Now now);
    /// It ended, or could not be started: `how`, in words.
    void exited(std::string_view how, base::Now now);
    void receive(format::relay::Message message, base::Now now);
    /// A picture of now is wanted. False: there is no worker at work that could make it, or it is given no pictures.
    [[nodiscard]] bool want_still();
    /// What it says is not read at the moment, for want of memory: it owes nothing. Called again and again as long as that lasts.
    void unread(base::Now now) noexcept;
    /// What it sends is no relay format, or its socket is closed.
    void broken(std::string_view reason, base::Now now);

    void tick(base::Now now);
    /// When `tick` has something to do at the latest.
    [[nodiscard]] std::optional<base::Instant> deadline() const;
    [[nodiscard]] std::optional<Event> next_event();

    [[nodiscard]] const std::vector<stream::RungPlan>& plan() const noexcept { return plan_; }
    [[nodiscard]] stream::TranscoderStats stats() const;

  private:
    enum class State : std::uint8_t { idle, starting, greeting, working, ending, waiting, failed };
    /// One rung that is made.
    struct Rung {
        std::size_t place = 0;  ///< in the plan
        RungOutput output;
        format::relay::RungReport report;   ///< the worker's latest
        std::uint64_t dropped_earlier = 0;  ///< by the workers before it
    };

    void note(const stream::Entry& entry);
    void start();
    void begin_work(base::Now now);
    void give(const stream::Entry& entry, base::Now now);
    void drop(const stream::Entry& entry);
    [[nodiscard]] bool is_wanted(const stream::Entry& entry) const;
    [[nodiscard]] std::optional<media::Ticks> delivered() const;

    void take(const format::relay::Hello& hello, base::Now now);
    void take(const format::relay::Tracks& tracks, base::Now now);
    void take(format::relay::Media& media, base::Now now);
    void take(const format::relay::Drained& drained, base::Now now);
    void take(const format::relay::Report& report, base::Now now);
    void take(const format::relay::Remark& remark, base::Now now);
    void take(format::relay::Still& still, base::Now now);
    /// What only a server says.
    void take(const auto& message, base::Now now) {
        (void)message;
        kill("it says what only a server says", now);
    }
    [[nodiscard]] Rung* rung_of(format::relay::Rendition rendition) noexcept;
    [[nodiscard]] bool is_near(media::Ticks time) const noexcept;
    void progressed(base::Now now) noexcept;
    void switch_rung(const Switch& change);

    void kill(std::string reason, base::Now now);
    void lose_worker(std::string_view reason, base::Now now);
    void interrupt(Rung& rung);
    void add(Event event) { events_.push_back(std::move(event)); }
    void send(format::relay::Message message) { add(Send{std::move(message)}); }
    [[nodiscard]] stream::RungStats stats_of(const Rung& rung, std::size_t number) const;

    const Limits limits_;
    const std::vector<stream::RungPlan> plan_;
    const format::relay::Setup setup_;
    const std::string program_;

    State state_ = State::idle;
    std::vector<Rung> rungs_;  ///< in the order of `setup_`
    media::Kind made_;         ///< pictures, or nothing but sound
    bool with_sound_ = false;  ///< one of them is of sound
    Replay replay_;
    Overload overload_;
    stream::ErrorBudget budget_;
    stream::Backoff backoff_;
    std::minstd_rand random_;
    std::deque<Event> events_;
    std::string trouble_;  ///< why the last worker ended

    // Of the worker there is.
    std::int64_t pid_ = 0;
    std::uint32_t starts_ = 0;
    base::Instant since_{};             ///< when the state was entered; of `waiting`, when it ends
    base::Instant heard_{};             ///< when it last said anything
    std::uint32_t unanswered_ = 0;      ///< packets given since it last did something
    base::Instant unanswered_since_{};  ///< when the first of them was
    bool is_draining_ = false;
    bool owes_still_ = false;
    format::relay::Report report_;
    std::uint64_t dropped_earlier_ = 0;        ///< before the split, by the workers before
    std::optional<media::Ticks> replayed_to_;  ///< dts up to which it was given held packets; until it has got beyond
    std::uint32_t remarks_ = 0;                ///< in the minute since `remarks_since_`
    base::Instant remarks_since_{};

    // Of the source.
    bool is_synced_ = false;  ///< the worker has what the next packet refers to
    bool is_congested_ = false;
    bool is_dropping_ = false;     ///< since the socket was full; until a keyframe
    bool is_catching_up_ = false;  ///< until the next keyframe it is given everything, whatever the socket says
    std::uint64_t dropped_ = 0;    ///< frames that the socket had no room for
    media::TrackSetRef sent_tracks_;
    media::Ticks newest_;                  ///< dts
    std::deque<media::Ticks> boundaries_;  ///< the newest ones: nothing else is one in a rung of pictures
};

}  // namespace weir::transcode

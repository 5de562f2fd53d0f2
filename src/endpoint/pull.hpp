// One stream's source or backup, fetched: a supervisor that says when and from where (stream/pull_supervisor), the puller of the moment, and the
// contribution that brings its media to the stream. Lives on one shard, whatever happens to the stream and its source.
#pragma once

#include "base/metrics.hpp"
#include "base/stream_id.hpp"
#include "endpoint/contribution.hpp"
#include "endpoint/puller.hpp"
#include "stream/pull_supervisor.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::endpoint {

/// Of all pulls. Any thread.
struct PullCounts {
    base::Counter attempts;
    base::Counter failures;
    base::Counter losses;
    base::Counter refused;
    base::Gauge configured;
    base::Gauge connecting;
    base::Gauge running;
    base::Gauge waiting;

    void fields(this auto& self, auto&& visit) {
        visit("attempts", self.attempts, "Times that a source was connected to.");
        visit("failures", self.failures, "Attempts that brought nothing.");
        visit("losses", self.losses, "Sources that were lost while they ran.");
        visit("refused", self.refused, "Sources that a stream did not take, since somebody else publishes it.");
        visit("configured", self.configured,
              "Sources that are known: of streams with `source`, those asked for, and backups in use.");
        visit("connecting", self.connecting, "Sources that are being connected to.");
        visit("running", self.running, "Sources that send.");
        visit("waiting", self.waiting, "Sources that are tried again in a while.");
    }
};

/// Everything that is referred to outlives the shards.
struct PullSurroundings {
    ContributionSurroundings contribution;
    /// Null where no row of the table has the scheme.
    std::function<const PullerScheme*(std::string_view scheme)> scheme;
    PullCounts& counts;
    stream::PullLimits limits{};
};

/// What is configured of one.
struct PullSource {
    std::vector<std::string> addresses{};  ///< at least one
    bool on_demand = false;                ///< always, of a backup
    base::Duration idle{};
    base::Duration silence{};  ///< the stream's `timeout`
    stream::Rank rank = stream::Rank::source;
    friend bool operator==(const PullSource&, const PullSource&) = default;
};

class Pull final : private PullSink {
  public:
    Pull(const PullSurroundings& around, base::StreamId id, PullSource source, net::Shard& shard, base::Now now);
    ~Pull() override;
    Pull(const Pull&) = delete;
    Pull& operator=(const Pull&) = delete;

    /// Somebody asks for the stream; of a backup: the stream asks for it.
    void wanted(base::Now now);
    /// About ten times a second.
    void tick(base::Now now);
    /// It is not configured so any more. `ends_stream`: viewers need not wait for another.
    void stop(std::string_view reason, bool ends_stream, base::Now now);

    [[nodiscard]] const PullSource& source() const noexcept { return source_; }
    [[nodiscard]] stream::PullState state() const noexcept { return supervisor_.state(); }
    /// It is wanted, and its newest attempt that is over brought nothing or was lost.
    [[nodiscard]] bool has_failed() const noexcept {
        return state() != stream::PullState::idle && !supervisor_.reason().empty();
    }

  private:
    void connected(PullPeer peer) override;
    void track(media::Track track, stream::WireClock clock) override;
    void sample(stream::Sample sample) override;
    void trouble(std::string_view text) override;
    [[nodiscard]] base::Duration read_done() override;
    void over(PullEnd end) override;

    void drain(base::Now now);
    void act(const stream::BeginPull& begin, base::Now now);
    void act(const stream::DropPull& drop, base::Now now);
    void act(const stream::PullChanged& changed, base::Now now);
    void open(PullPeer peer, base::Now now);
    void end_soon(PullEnd end);
    void let_go(std::string_view reason, base::Now now);
    void look_at_viewers(base::Now now);
    void end_stream(std::string_view reason);
    void count(stream::PullState state, bool is_entered);

    const PullSurroundings around_;
    const base::StreamId id_;
    const PullSource source_;
    net::Shard& shard_;
    base::Log log_;
    stream::PullSupervisor supervisor_;
    stream::PullState counted_ = stream::PullState::idle;
    std::unique_ptr<Contribution> contribution_;  ///< null before it has connected
    std::unique_ptr<Puller> puller_;              ///< null while nothing is fetched
    std::optional<PullEnd> end_;                  ///< of the puller; acted upon in a task of its own
    bool has_media_ = false;                      ///< in this attempt
    base::Instant held_until_{};                  ///< the source is not read: it is we who wait
    base::Instant looked_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::endpoint

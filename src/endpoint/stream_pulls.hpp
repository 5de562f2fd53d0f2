// What is fetched for one stream: its source, and its backup where that is an address. The backup is fetched while the stream asks for it
// (by `backup_mode`, see stream/standbys), and where there is no stream yet, once its source has failed: so that a stream comes to life
// whichever of the two is there. Lives on one shard.
#pragma once

#include "base/clock.hpp"
#include "base/stream_id.hpp"
#include "endpoint/pull.hpp"
#include "net/shards.hpp"

#include <memory>
#include <utility>

namespace weir::endpoint {

class StreamPulls {
  public:
    /// `around` outlives it. Fetches nothing yet.
    StreamPulls(const PullSurroundings& around, base::StreamId id, net::Shard& shard, PullSource source,
                PullSource backup)
        : around_(around), id_(std::move(id)), shard_(shard), source_(std::move(source)), backup_(std::move(backup)) {}

    /// What is configured now; no addresses: none. What is the same goes on, and what is not is let go.
    void follow(PullSource source, PullSource backup, base::Now now);
    /// Fetches the source, by its plan.
    void begin(base::Now now);
    /// Somebody asks for the stream.
    void wanted(base::Now now);
    /// The stream asks for its backup; again and again as long as it wants it.
    void backup_wanted(base::Now now);
    /// About ten times a second.
    void tick(base::Now now);

    [[nodiscard]] bool has_source() const noexcept { return source_pull_ != nullptr; }
    [[nodiscard]] bool is_idle() const noexcept { return is_idle(source_pull_) && is_idle(backup_pull_); }

  private:
    using Fetch = std::unique_ptr<Pull>;

    [[nodiscard]] static bool is_idle(const Fetch& fetch) noexcept {
        return fetch == nullptr || fetch->state() == stream::PullState::idle;
    }
    void tick_backup(base::Now now);
    void want(base::Now now);
    [[nodiscard]] bool is_live() const;

    const PullSurroundings& around_;
    const base::StreamId id_;
    net::Shard& shard_;
    PullSource source_;
    PullSource backup_;
    Fetch source_pull_;  ///< null: nobody has asked for it yet
    Fetch backup_pull_;  ///< null while it is not wanted
};

}  // namespace weir::endpoint

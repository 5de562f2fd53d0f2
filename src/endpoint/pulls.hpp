// Every source that is fetched: those of streams that the configuration gives one, those of patterns once somebody asks for such a
// stream, and backups while their streams want them. Each stream has its home on one shard, by its name. Follows the configuration as it changes: what is no longer in it ends, what is
// new begins, and what stays the same goes on.
#pragma once

#include "base/limits.hpp"
#include "config/config.hpp"
#include "endpoint/pull.hpp"
#include "net/shards.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

struct PullsLimits {
    std::uint32_t asked_for = 200;

    void fields(this auto& self, auto&& visit) {
        visit("asked_for", self.asked_for,
              base::Limit{.what = "sources of patterns that are fetched since somebody asked, of one event loop",
                          .at_limit = "another is not fetched",
                          .metric = "weir_pull_configured"});
    }
};

class Pulls {
  public:
    Pulls(net::Shards& shards, PullSurroundings around, PullsLimits limits = {});
    /// Once the shards have stopped, and before they are destroyed.
    ~Pulls();

    /// Somebody asks on `shard` for a stream that nobody publishes. True: its source is being fetched, now at the latest, and the stream
    /// is worth waiting for.
    [[nodiscard]] bool expect(const base::StreamId& id, net::Shard& shard);
    /// The stream wants its backup, if that is fetched; said again within `stream::BackupWish::validity` as long as it does. Any thread.
    void want_backup(const base::StreamId& id);
    /// Lets go of every source. Any thread.
    void close();

    [[nodiscard]] const PullCounts& counts() const noexcept { return around_.counts; }

  private:
    struct Home;
    [[nodiscard]] Home& home_of(const base::StreamId& id) const noexcept;

    net::Shards& shards_;
    const PullSurroundings around_;
    const PullsLimits limits_;
    std::vector<std::shared_ptr<Home>> homes_;  ///< one a shard
};

/// The source of the stream, as its options have it; no addresses: none.
[[nodiscard]] PullSource source_of(const config::Config& config, const base::StreamId& id);
/// Likewise its backup, where that is fetched.
[[nodiscard]] PullSource backup_of(const config::Config& config, const base::StreamId& id);

}  // namespace weir::endpoint

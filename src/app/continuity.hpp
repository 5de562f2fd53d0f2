// Who stands by for a stream whose options name a backup (another stream of this server, or an address) or a slate.
#pragma once

#include "config/config.hpp"
#include "endpoint/slate_worker.hpp"
#include "net/shard_value.hpp"
#include "stream/backup_wish.hpp"
#include "stream/registry.hpp"
#include "stream/standby.hpp"

#include <memory>
#include <string>

namespace weir::app {

class Continuity {
  public:
    /// Both outlive it. `want_backup` has a stream's backup fetched, and is called as `stream::BackupWish` says.
    Continuity(const stream::Registry& registry, const net::ShardValue<config::Config>& config,
               stream::BackupWish::Want want_backup);

    /// A `stream::StandbyFactory`. On the stream's shard.
    [[nodiscard]] std::unique_ptr<stream::Standby> create(stream::Rank rank, stream::Stream& stream);

    [[nodiscard]] const endpoint::SlateCounts& slate_counts() const noexcept { return slate_counts_; }

  private:
    [[nodiscard]] std::unique_ptr<stream::Standby> create_backup(stream::Stream& stream) const;

    const stream::Registry& registry_;
    const net::ShardValue<config::Config>& config_;
    const std::string program_;
    const stream::BackupWish::Want want_backup_;
    endpoint::SlateCounts slate_counts_;
};

}  // namespace weir::app

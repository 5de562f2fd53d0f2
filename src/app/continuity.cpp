#include "app/continuity.hpp"

#include "app/transcoding.hpp"
#include "app/version.hpp"
#include "base/stream_id.hpp"
#include "stream/backup_stream.hpp"

#include <utility>

namespace weir::app {

Continuity::Continuity(const stream::Registry& registry, const net::ShardValue<config::Config>& config,
                       stream::BackupWish::Want want_backup)
    : registry_(registry), config_(config), program_(worker_program()), want_backup_(std::move(want_backup)) {}

std::unique_ptr<stream::Standby> Continuity::create(stream::Rank rank, stream::Stream& stream) {
    if (rank == stream::Rank::backup) return create_backup(stream);
    auto& shard = static_cast<net::Shard&>(stream.shard());  // the executors of the server's streams are its shards
    const config::Config& config = *config_.get(shard);
    return std::make_unique<endpoint::SlateWorker>(
        endpoint::SlateWorker::Settings{.program = program_,
                                        .version = version_text(),
                                        .file = stream.options().slate,
                                        .memory = config.limits.worker_memory,
                                        .limit = &registry_.memory()},
        stream, shard, slate_counts_);
}

std::unique_ptr<stream::Standby> Continuity::create_backup(stream::Stream& stream) const {
    const config::BackupSource& backup = stream.options().backup;
    if (backup.stream.empty()) return std::make_unique<stream::BackupWish>(stream.id(), want_backup_);
    const auto id = base::parse_stream_id(backup.stream);
    // A pattern may name a stream of its own.
    if (!id || *id == stream.id()) return nullptr;
    return std::make_unique<stream::BackupStream>(registry_, stream, *id);
}

}  // namespace weir::app

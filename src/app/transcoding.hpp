// Who gets which ladder: for each stream the rungs that its options name, its source allows and the machine can carry, made by a
// worker of its own. Holds what all streams share: the costs of this machine and what of it was promised.
#pragma once

#include "app/calibration.hpp"
#include "base/journal.hpp"
#include "base/memory.hpp"
#include "config/config.hpp"
#include "endpoint/still_worker.hpp"
#include "endpoint/worker.hpp"
#include "net/shard_value.hpp"
#include "net/shards.hpp"
#include "stream/transcoder.hpp"
#include "transcode/costs.hpp"

#include <memory>
#include <optional>
#include <string>

namespace weir::app {

/// The program of the workers: the one that `WEIR_WORKER` names, else the one beside this program.
[[nodiscard]] std::string worker_program();

class Transcoding {
  public:
    /// `shards`, `config` and `memory` outlive it.
    Transcoding(net::Shards& shards, const net::ShardValue<config::Config>& config, const config::Config& initial,
                const base::MemoryLimit& memory, base::Log log);

    /// Has the machine measured where that has not been done yet.
    void start();
    /// A `stream::TranscoderFactory`. On the stream's shard, which is `executor`.
    [[nodiscard]] std::unique_ptr<stream::Transcoder> create(const base::StreamId& id,
                                                             const config::StreamOptions& options,
                                                             const stream::SourceShape& source, stream::RungSink& sink,
                                                             base::Executor& executor, base::Now now);

    /// A `stream::StillFactory`. On the stream's shard, which is `executor`.
    [[nodiscard]] std::unique_ptr<stream::StillJob> create_still(const base::StreamId& id,
                                                                 const stream::Entry& keyframe, stream::StillSink& sink,
                                                                 base::Executor& executor);

    [[nodiscard]] const endpoint::WorkerCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] const endpoint::StillCounts& still_counts() const noexcept { return stills_.counts(); }

  private:
    net::Shards& shards_;
    const net::ShardValue<config::Config>& config_;
    const base::MemoryLimit& memory_;
    base::Log log_;
    std::string program_ = worker_program();
    transcode::Carried carried_;
    Calibration calibration_;
    std::optional<format::CostModel> kept_;
    net::ShardValue<format::CostModel> costs_;
    endpoint::WorkerCounts counts_;
    endpoint::StillWorkers stills_;
};

}  // namespace weir::app

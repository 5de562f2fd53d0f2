// Pictures of now for streams that have no worker: a process of its own decodes one keyframe, answers with a JPEG and is gone. Few at
// once, whatever is asked for; sandboxed and limited as every worker. To the stream it is a `stream::StillJob`.
#pragma once

#include "base/journal.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "net/shards.hpp"
#include "stream/still.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace weir::endpoint {

struct StillLimits {
    std::uint32_t at_once = 2;

    void fields(this auto& self, auto&& visit) {
        visit("at_once", self.at_once,
              base::Limit{.what = "processes that make a picture of now for a stream without a worker, of all streams",
                          .at_limit = "no other is made; who asks is told to try again",
                          .metric = "weir_still_refused_total"});
    }
};

/// Any thread.
struct StillCounts {
    base::Counter started;
    base::Counter refused;

    void fields(this auto& self, auto&& visit) {
        visit("started", self.started, "Processes that were started for one picture of now.");
        visit("refused", self.refused, "Pictures of now that were not made, since others were being made.");
    }
};

class StillWorkers {
  public:
    struct Settings {
        std::string program;  ///< path of weir-worker
        std::string version;  ///< of the server, for people
        base::Log log;
        StillLimits limits{};
    };

    explicit StillWorkers(Settings settings) : settings_(std::move(settings)) {}

    /// A `stream::StillFactory`, with the memory that the process may have. `executor` is a shard. Outlives its jobs.
    [[nodiscard]] std::unique_ptr<stream::StillJob> create(const base::StreamId& id, const stream::Entry& keyframe,
                                                           stream::StillSink& sink, base::Executor& executor,
                                                           base::ByteCount memory);
    [[nodiscard]] const StillCounts& counts() const noexcept { return counts_; }

  private:
    class Job;

    Settings settings_;
    StillCounts counts_;
    std::atomic<std::uint32_t> running_{0};
};

}  // namespace weir::endpoint

// Fetches what FFmpeg reads: a worker process (worker/ingest) connects, takes the container apart and sends packets over the
// socketpair; here they are believed no more than those of any source. Everything runs on one shard.
#pragma once

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "endpoint/puller.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

struct IngestLimits {
    std::uint32_t complaints = 20;
    base::Duration overdue = std::chrono::seconds(5);

    void fields(this auto& self, auto&& visit) {
        visit("complaints", self.complaints,
              base::Limit{.what = "lines of a fetching worker's standard error, for the journal",
                          .at_limit = "further ones are not written",
                          .metric = "weir_ingest_complaints_total"});
        visit("overdue", self.overdue,
              base::Limit{.what = "how much longer than a source a fetching worker may say nothing",
                          .at_limit = "it is killed, and the source tried again",
                          .metric = "weir_pull_failures_total"});
    }
};

/// Of all fetching workers. Any thread.
struct IngestCounts {
    base::Counter started;
    base::Counter complaints;
    base::Counter received_bytes;
    base::Gauge running;

    void fields(this auto& self, auto&& visit) {
        visit("started", self.started, "Worker processes that were started to fetch a source.");
        visit("complaints", self.complaints, "Lines that they wrote to their standard error.");
        visit("received_bytes", self.received_bytes, "Bytes of media that they handed on.");
        visit("running", self.running, "Worker processes that fetch a source.");
    }
};

struct IngestSurroundings {
    std::string program;  ///< path of weir-worker
    std::string version;  ///< of the server, for people
    IngestLimits limits{};
};
/// What is configured of files and processes, at the moment.
struct IngestSettings {
    std::string folder;        ///< what files there are; empty: none
    base::ByteCount memory{};  ///< of a process
};

/// A `PullerFactory`'s work. `around` and `counts` outlive the puller.
[[nodiscard]] std::unique_ptr<Puller> start_ingest(const IngestSurroundings& around, IngestSettings settings,
                                                   IngestCounts& counts, PullRequest request, PullSink& sink,
                                                   net::Shard& shard);

}  // namespace weir::endpoint

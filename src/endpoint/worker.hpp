// Runs a stream's worker: the process, the socketpair with its frames, and the supervisor that decides. To the stream it is the
// `Transcoder`. What the worker does not take is held here up to a limit; beyond it the supervisor drops whole groups.
// Everything runs on the stream's shard.
#pragma once

#include "base/journal.hpp"
#include "base/memory.hpp"
#include "base/metrics.hpp"
#include "net/process.hpp"
#include "net/shards.hpp"
#include "stream/transcoder.hpp"
#include "transcode/costs.hpp"
#include "transcode/ladder.hpp"
#include "transcode/supervisor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

struct WorkerLimits {
    base::ByteCount unsent{8U << 20};
    std::uint32_t complaints = 20;

    void fields(this auto& self, auto&& visit) {
        visit("unsent", self.unsent,
              base::Limit{.what = "bytes of source packets that a worker has not taken",
                          .at_limit = "further ones are dropped up to the next keyframe",
                          .metric = "weir_worker_congestions_total"});
        visit("complaints", self.complaints,
              base::Limit{.what = "lines of one worker's standard error, for the journal",
                          .at_limit = "further ones are not written",
                          .metric = "weir_worker_complaints_total"});
    }
};

/// Of all workers. Any thread.
struct WorkerCounts {
    base::Counter started;
    base::Counter congestions;
    base::Counter complaints;
    base::Gauge running;

    void fields(this auto& self, auto&& visit) {
        visit("started", self.started, "Worker processes that were started.");
        visit("congestions", self.congestions, "Times that a worker took no more for a while.");
        visit("complaints", self.complaints, "Lines that workers wrote to their standard error.");
        visit("running", self.running, "Worker processes that run.");
    }
};

class WorkerTranscoder final : public stream::Transcoder {
  public:
    struct Settings {
        std::string program;  ///< path of weir-worker
        std::string version;  ///< of the server, for people
        transcode::Choice choice;
        transcode::Carried::Share share;  ///< of the machine, for as long as it lives
        transcode::Limits supervisor{};
        WorkerLimits limits{};
        base::Log log;
        const base::MemoryLimit* memory = nullptr;  ///< outlives it; while it is full nothing is read
    };

    /// `shard`, `sink` and `counts` outlive it. The process starts with the first packet.
    WorkerTranscoder(Settings settings, net::Shard& shard, stream::RungSink& sink, WorkerCounts& counts);
    ~WorkerTranscoder() override;

    static constexpr std::size_t input_size = 64U << 10;  ///< read of a worker at once

    [[nodiscard]] const std::vector<stream::RungPlan>& plan() const noexcept override { return supervisor_.plan(); }
    void write(const stream::Entry& entry, base::Now now) override;
    void flush(base::Now now) override;
    void tick(base::Now now) override;
    [[nodiscard]] bool want_still(base::Now now) override;
    [[nodiscard]] stream::TranscoderStats stats() const override;

  private:
    struct Link;

    void drain(base::Now now);
    void act(transcode::Spawn& spawn, base::Now now);
    void act(transcode::Kill& kill, base::Now now);
    void act(transcode::Send& send, base::Now now);
    void act(transcode::RungPacket& packet, base::Now now);
    void act(transcode::RungInterrupted& interrupted, base::Now now);
    void act(transcode::StillMade& made, base::Now now);
    void act(transcode::Remark& remark, base::Now now);
    void receive(base::ByteView bytes, base::Now now);
    void close_link() noexcept;
    [[nodiscard]] bool is_memory_full() const noexcept {
        return settings_.memory != nullptr && settings_.memory->is_full();
    }

    Settings settings_;
    net::Shard& shard_;
    stream::RungSink& sink_;
    WorkerCounts& counts_;
    transcode::Supervisor supervisor_;
    std::shared_ptr<Link> link_;  ///< null while there is no process
    bool is_draining_ = false;    ///< events are being carried out further up the stack
};

}  // namespace weir::endpoint

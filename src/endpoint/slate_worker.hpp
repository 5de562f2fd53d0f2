// A stream's slate: a worker that makes it of a file like the source was, and brings its packets into the stream. A worker that ends or
// hangs is started again, with longer and longer waits. Owned by the stream as its standby; everything on its shard.
#pragma once

#include "base/journal.hpp"
#include "base/memory.hpp"
#include "base/metrics.hpp"
#include "net/shards.hpp"
#include "stream/lifecycle.hpp"
#include "stream/standby.hpp"
#include "stream/stream.hpp"

#include <memory>
#include <optional>
#include <random>
#include <string>

namespace weir::endpoint {

/// Any thread.
struct SlateCounts {
    base::Counter started;
    base::Gauge running;

    void fields(this auto& self, auto&& visit) {
        visit("started", self.started, "Processes that were started for a slate.");
        visit("running", self.running, "Processes of slates that run.");
    }
};

class SlateWorker final : public stream::Standby {
  public:
    static constexpr std::size_t input_size = 64U << 10;  ///< read of a worker at once

    struct Settings {
        std::string program;  ///< path of weir-worker
        std::string version;  ///< of the server, for people
        std::string file;
        base::ByteCount memory;                    ///< of the process
        const base::MemoryLimit* limit = nullptr;  ///< outlives it; while it is full nothing is read
    };

    /// All of these outlive it.
    SlateWorker(Settings settings, stream::Stream& stream, net::Shard& shard, SlateCounts& counts);
    ~SlateWorker() override;
    SlateWorker(const SlateWorker&) = delete;
    SlateWorker& operator=(const SlateWorker&) = delete;

    void tick(base::Now now) override;

  private:
    struct Link;

    void start(base::Now now);
    void end(std::string_view how, base::Now now);
    void close() noexcept;
    void receive(base::ByteView bytes, base::Now now);
    void take(media::Packet packet, base::Now now);
    [[nodiscard]] bool publish(base::Now now);

    const Settings settings_;
    stream::Stream& stream_;
    net::Shard& shard_;
    SlateCounts& counts_;
    const media::TrackSetRef like_;  ///< what the source was
    stream::Backoff backoff_;
    std::minstd_rand random_;
    base::Instant next_start_{};
    base::Instant heard_{};       ///< the process, last
    std::shared_ptr<Link> link_;  ///< null while there is no process
    media::TrackSetRef tracks_;
    std::optional<stream::PublicationId> publication_;
};

}  // namespace weir::endpoint

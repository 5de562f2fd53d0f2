// The sources that the server fetches, composed: which scheme is fetched by what, and what all of them share.
#pragma once

#include "base/journal.hpp"
#include "config/config.hpp"
#include "endpoint/ingest_puller.hpp"
#include "endpoint/pulls.hpp"
#include "endpoint/rtmp_puller.hpp"
#include "endpoint/rtsp_puller.hpp"
#include "endpoint/srt_puller.hpp"
#include "net/shard_value.hpp"
#include "net/shards.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace weir::app {

class Pulling {
  public:
    /// What is referred to outlives it.
    Pulling(net::Shards& shards, stream::Registry& registry, const net::ShardValue<config::Config>& config,
            net::SrtPoller& srt, std::shared_ptr<endpoint::RtspUdp> rtsp_udp, base::Log log);

    /// The row of the table that has the scheme; null: none.
    [[nodiscard]] const endpoint::PullerScheme* scheme(std::string_view name) const noexcept;
    [[nodiscard]] endpoint::Pulls& pulls() noexcept { return *pulls_; }
    void close() { pulls_->close(); }
    [[nodiscard]] const endpoint::PullCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] const endpoint::IngestCounts& ingest_counts() const noexcept { return ingest_counts_; }
    [[nodiscard]] const endpoint::RtpCounts& rtp_counts() const noexcept { return rtp_counts_; }

  private:
    [[nodiscard]] std::unique_ptr<endpoint::Puller> ingest(endpoint::PullRequest request, endpoint::PullSink& sink,
                                                           net::Shard& shard);

    const net::ShardValue<config::Config>& config_;
    endpoint::PullCounts counts_;
    endpoint::IngestCounts ingest_counts_;
    endpoint::RtpCounts rtp_counts_;
    const endpoint::IngestSurroundings ingest_;
    std::vector<endpoint::PullerScheme> schemes_;
    std::unique_ptr<endpoint::Pulls> pulls_;
};

}  // namespace weir::app

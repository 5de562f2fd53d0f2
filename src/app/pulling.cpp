#include "app/pulling.hpp"

#include "app/transcoding.hpp"
#include "app/version.hpp"

#include <algorithm>
#include <utility>

namespace weir::app {

using endpoint::PullerScheme;
using endpoint::PullRequest;
using endpoint::PullSink;

Pulling::Pulling(net::Shards& shards, stream::Registry& registry, const net::ShardValue<config::Config>& config,
                 net::SrtPoller& srt, std::shared_ptr<endpoint::RtspUdp> rtsp_udp, base::Log log)
    : config_(config), ingest_{.program = worker_program(), .version = version_text()} {
    const endpoint::PullerFactory worker = [this](PullRequest request, PullSink& sink, net::Shard& shard) {
        return ingest(std::move(request), sink, shard);
    };
    const endpoint::PullerFactory rtmp = &endpoint::start_rtmp_pull;
    const endpoint::PullerFactory over_srt = [&srt](PullRequest request, PullSink& sink, net::Shard& shard) {
        return endpoint::start_srt_pull(srt, std::move(request), sink, shard);
    };
    const endpoint::PullerFactory rtsp =
        [service = endpoint::RtspPullService{rtp_counts_, std::move(rtsp_udp), registry.memory()}](
            PullRequest request, PullSink& sink, net::Shard& shard) {
            return endpoint::start_rtsp_pull(service, std::move(request), sink, shard);
        };
    schemes_ = {{"srt", over_srt}, {"rtmp", rtmp},  {"rtmps", rtmp}, {"rtsp", rtsp},  {"rtsps", rtsp}, {"http", worker},
                {"https", worker}, {"udp", worker}, {"rtp", worker}, {"tcp", worker}, {"file", worker}};
    pulls_ = std::make_unique<endpoint::Pulls>(
        shards,
        endpoint::PullSurroundings{.contribution = {.registry = registry, .config = config, .log = std::move(log)},
                                   .scheme = [this](std::string_view name) { return scheme(name); },
                                   .counts = counts_});
    // The executors of the server's streams are its shards.
    registry.set_expectation([this](const base::StreamId& id, base::Executor& shard) {
        return pulls_->expect(id, static_cast<net::Shard&>(shard));
    });
}

const PullerScheme* Pulling::scheme(std::string_view name) const noexcept {
    const auto row = std::ranges::find(schemes_, name, &PullerScheme::scheme);
    return row == schemes_.end() ? nullptr : &*row;
}

std::unique_ptr<endpoint::Puller> Pulling::ingest(PullRequest request, PullSink& sink, net::Shard& shard) {
    const config::ConfigRef& config = config_.get(shard);
    return endpoint::start_ingest(ingest_, {.folder = config->pull.files, .memory = config->limits.worker_memory},
                                  ingest_counts_, std::move(request), sink, shard);
}

}  // namespace weir::app

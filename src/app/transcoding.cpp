#include "app/transcoding.hpp"

#include "app/version.hpp"
#include "transcode/ladder.hpp"

#include <cstdlib>
#include <thread>
#include <utility>

namespace weir::app {

namespace {

std::shared_ptr<const format::CostModel> share(std::optional<format::CostModel> costs) {
    return std::make_shared<const format::CostModel>(std::move(costs).value_or(format::CostModel{}));
}

}  // namespace

std::string worker_program() {
    const char* const named = std::getenv("WEIR_WORKER");  // NOLINT(concurrency-mt-unsafe): nobody changes it
    return named != nullptr ? named : net::beside_this_program("weir-worker");
}

Transcoding::Transcoding(net::Shards& shards, const net::ShardValue<config::Config>& config,
                         const config::Config& initial, const base::MemoryLimit& memory, base::Log log)
    : shards_(shards),
      config_(config),
      memory_(memory),
      log_(std::move(log)),
      carried_(std::max(1U, std::thread::hardware_concurrency())),
      calibration_(shards.at(0).context(), program_, initial.store.path, log_),
      kept_(calibration_.kept()),
      costs_(shards, share(kept_)),
      stills_({.program = program_, .version = version_text(), .log = log_}) {}

void Transcoding::start() {
    if (kept_) return;
    shards_.at(0).post(
        [this] { calibration_.measure([this](const format::CostModel& costs) { costs_.set(share(costs)); }); });
}

std::unique_ptr<stream::Transcoder> Transcoding::create(const base::StreamId& id, const config::StreamOptions& options,
                                                        const stream::SourceShape& source, stream::RungSink& sink,
                                                        base::Executor& executor, base::Now) {
    auto& shard = static_cast<net::Shard&>(executor);  // the executors of the server's streams are its shards
    const config::Config& config = *config_.get(shard);
    static const config::Ladder none;
    const auto found = config.ladders.find(options.ladder);
    const config::Ladder& ladder = found != config.ladders.end() ? found->second : none;  // a reload may take one away
    const transcode::Room room{
        .cores = carried_.cores(), .free = carried_.free(), .memory = config.limits.worker_memory};
    transcode::Choice choice = transcode::choose(source, ladder, options, *costs_.get(shard), room);
    if (choice.plan.empty()) return nullptr;
    transcode::Limits limits;
    limits.worker_memory = config.limits.worker_memory;
    transcode::Carried::Share promised = carried_.take(choice.cores);
    return std::make_unique<endpoint::WorkerTranscoder>(
        endpoint::WorkerTranscoder::Settings{.program = program_,
                                             .version = version_text(),
                                             .choice = std::move(choice),
                                             .share = std::move(promised),
                                             .supervisor = limits,
                                             .log = log_.with({.stream = id.text()}),
                                             .memory = &memory_},
        shard, sink, counts_);
}

std::unique_ptr<stream::StillJob> Transcoding::create_still(const base::StreamId& id, const stream::Entry& keyframe,
                                                            stream::StillSink& sink, base::Executor& executor) {
    if (memory_.is_full()) return nullptr;
    const config::Config& config = *config_.get(static_cast<net::Shard&>(executor));
    return stills_.create(id, keyframe, sink, executor, config.limits.worker_memory);
}

}  // namespace weir::app

#include "worker/pipeline.hpp"

#include "av/alive.hpp"
#include "base/clock.hpp"

#include <algorithm>
#include <utility>

#include <sys/prctl.h>
#include <sys/resource.h>

namespace weir::worker {

using namespace std::chrono_literals;
namespace relay = format::relay;

namespace {

constexpr auto report_interval = 1s;
constexpr std::size_t longest_thread_name = 15;
constexpr int yielding = 10;  ///< niceness beyond the usual

unsigned cores(const relay::Setup& setup) { return std::max(setup.cores, 1U); }

double pixels(const relay::RungSetup& rung) { return static_cast<double>(rung.width) * rung.height; }

/// What part of the pixels of all rungs are this one's.
double share_of(const relay::RungSetup& rung, const relay::Setup& setup) {
    double all = 0;
    for (const relay::RungSetup& each : setup.rungs) all += pixels(each);
    return all > 0 ? pixels(rung) / all : 1;
}

}  // namespace

Pipeline::Pipeline(const relay::Setup& setup, const ResidentSize& resident, Outlet::Sink sink,
                   std::function<void()> give_up, Limits limits)
    : setup_(setup),
      limits_(limits),
      outlet_(std::move(sink)),
      give_up_(std::move(give_up)),
      resident_(resident),
      source_(limits.packets),
      pictures_(limits.pictures),
      decode_(source_, pictures_, outlet_, counters_, cores(setup)),
      stills_(outlet_),
      splitter_(pictures_, outlet_, stills_,
                {setup.keyframe, setup.live ? limits.most_late : base::Duration::zero(), setup.encode_from}) {
    for (const relay::RungSetup& rung : setup.rungs) add_rung(rung);
    start();
}

Pipeline::~Pipeline() {
    {
        const std::lock_guard lock(ending_mutex_);
        ending_ = true;
        ending_changed_.notify_all();
    }
    source_.close();
    pictures_.close();
    for (const auto& video : videos_) video->queue.close();
    for (const auto& audio : audios_) audio->queue.close();
}

void Pipeline::add_rung(const relay::RungSetup& setup) {
    Rung& rung = *rungs_.emplace_back(std::make_unique<Rung>(static_cast<relay::Rendition>(rungs_.size() + 1), setup));
    if (setup.kind == media::Kind::audio) {
        audios_.push_back(std::make_unique<AudioBranch>(rung, outlet_, counters_.errors, limits_.packets));
        return;
    }
    const VideoRung::Settings settings{setup_.low_latency, setup_.live, cores(setup_), share_of(setup, setup_)};
    videos_.push_back(
        std::make_unique<VideoBranch>(rung, outlet_, settings, setup_.live ? limits_.frames : limits_.file_frames));
    splitter_.add(rung, videos_.back()->queue);
}

void Pipeline::start() {
    // Of a file the largest rung is what the others wait for: it has a processor to itself, and they share the rest. Live,
    // nobody works ahead of the source, and all must keep up with it.
    const auto area = [](const auto& video) { return video->rung->setup.width * video->rung->setup.height; };
    const auto largest = std::ranges::max_element(videos_, {}, area);
    const Priority others = setup_.live ? Priority::usual : Priority::yields;
    if (makes_pictures()) {
        run("decode", others, [this] { decode_.run(); });
        run("scale", others, [this] { splitter_.run(); });
    }
    for (const auto& video : videos_)
        run("encode " + video->rung->setup.name, video == *largest ? Priority::usual : others,
            [stage = &video->stage] { stage->run(); });
    for (const auto& audio : audios_)
        run("encode " + audio->rung->setup.name, others, [stage = &audio->stage] { stage->run(); });
    run("report", Priority::usual, [this] { watch(); });
}

void Pipeline::run(std::string name, Priority priority, std::function<void()> stage) {
    name.resize(std::min(name.size(), longest_thread_name));
    threads_.emplace_back([name = std::move(name), priority, stage = std::move(stage)] {
        ::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
        // On Linux this is the thread's own.
        if (priority == Priority::yields) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + yielding);
        stage();
    });
}

void Pipeline::receive(const relay::Message& message) {
    std::visit([this](const auto& each) { receive(each); }, message);
}

void Pipeline::receive(const relay::Tracks& tracks) {
    if (tracks.rendition != relay::source) return;
    tracks_ = tracks.tracks;
    if (makes_pictures()) source_.push(tracks_);
    for (const auto& audio : audios_) audio->queue.push(tracks_);
}

void Pipeline::receive(const relay::Media& media) {
    if (media.rendition != relay::source || tracks_ == nullptr) return;
    const media::Track* track = tracks_->find(media.packet.track);
    if (track == nullptr) return;
    const SourcePacket packet{media.packet, std::chrono::steady_clock::now()};
    // Of each kind the first track is the one that is transcoded.
    if (makes_pictures() && track == tracks_->first(media::Kind::video)) source_.push(packet);
    if (track == tracks_->first(media::Kind::audio))
        for (const auto& audio : audios_) audio->queue.push(packet);
}

void Pipeline::receive(const relay::SwitchRung& change) {
    if (change.rendition == relay::source || change.rendition > rungs_.size()) return;
    rungs_[change.rendition - 1]->on = change.on;
    outlet_.write(report());
}

void Pipeline::receive(const relay::Drain&) {
    const auto mark = std::make_shared<DrainMark>(rungs_.size(), [this] { outlet_.write(relay::Drained{}); });
    if (makes_pictures()) source_.push(mark);
    else mark->reached();
    for (const auto& audio : audios_) audio->queue.push(mark);
}

std::chrono::milliseconds Pipeline::lag() const {
    base::Instant oldest = base::Instant::max();
    const auto look = [&](const auto& queue) {
        const auto waits = queue.oldest([](const auto& item) { return arrival(item); });
        oldest = std::min(oldest, waits.value_or(oldest));
    };
    look(source_);
    look(pictures_);
    for (const auto& video : videos_) look(video->queue);
    if (oldest == base::Instant::max()) return 0ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - oldest);
}

relay::Report Pipeline::report() const {
    relay::Report report;
    report.frames = counters_.frames;
    report.decode_errors = counters_.errors;
    report.dropped = splitter_.dropped();
    report.lag = static_cast<std::uint32_t>(lag().count());
    report.memory = resident_.read();
    const av::Alive alive = av::alive();
    report.alive_frames = alive.frames;
    report.alive_packets = alive.packets;
    report.alive_contexts = alive.contexts;
    report.rungs.resize(rungs_.size());
    for (const auto& video : videos_) report_rung(*video->rung, video->queue.depth(), video->queue.limit(), report);
    for (const auto& audio : audios_) report_rung(*audio->rung, audio->queue.depth(), audio->queue.limit(), report);
    return report;
}

void Pipeline::report_rung(const Rung& rung, std::size_t depth, std::size_t limit, relay::Report& report) {
    const Timings::Summary timings = rung.timings.summary();
    report.rungs[rung.rendition - 1U] = {.frames = rung.frames,
                                         .bytes = rung.bytes,
                                         .dropped = rung.dropped,
                                         .p50 = timings.p50,
                                         .p95 = timings.p95,
                                         .p99 = timings.p99,
                                         .queue_depth = static_cast<std::uint32_t>(depth),
                                         .queue_limit = static_cast<std::uint32_t>(limit),
                                         .speed = timings.speed,
                                         .on = rung.on};
}

void Pipeline::watch() {
    std::unique_lock lock(ending_mutex_);
    while (!ending_changed_.wait_for(lock, report_interval, [this] { return ending_; })) {
        lock.unlock();
        const relay::Report now = report();
        outlet_.write(now);
        watch_memory(now.memory);
        lock.lock();
    }
}

void Pipeline::watch_memory(std::uint64_t resident) {
    if (setup_.memory == 0 || resident <= setup_.memory) return;
    outlet_.write(relay::Remark{base::LogLevel::error, "the worker uses more memory than it may, and ends"});
    give_up_();
}

}  // namespace weir::worker

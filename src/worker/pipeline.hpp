// The work of a worker: packets of a source in, packets of its rungs out.
//
//   receive ─► decode ─► split ─┬─► encode 1080p ─┐
//      │                        ├─► encode 720p  ─┼─► outlet
//      │                        └─► ...          ─┤
//      └─► decode, resample, encode the sound    ─┘      and once a second: how it goes
//
// One thread for each stage, and a bounded queue before each; where nothing but sound is made, the pictures have none. A slow stage
// holds up the ones before it; live, the splitter drops what has become too old, before the split and never a boundary.
#pragma once

#include "base/limits.hpp"
#include "format/relay.hpp"
#include "worker/audio_rung.hpp"
#include "worker/items.hpp"
#include "worker/outlet.hpp"
#include "worker/queue.hpp"
#include "worker/resident.hpp"
#include "worker/rung.hpp"
#include "worker/splitter.hpp"
#include "worker/stills.hpp"
#include "worker/video_decode.hpp"
#include "worker/video_rung.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace weir::worker {

struct Limits {
    std::size_t packets = 128;    ///< of the source, before each decoder
    std::size_t pictures = 2;     ///< decoded, before the split
    std::size_t frames = 3;       ///< before each encoder
    std::size_t file_frames = 6;  ///< the same, where nothing is late: no encoder waits for another
    std::chrono::milliseconds most_late{300};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("packets", self.packets,
              Limit{.what = "packets that wait for a decoder",
                    .at_limit = "the server waits",
                    .metric = "weir_worker_congestions_total"});
        visit("pictures", self.pictures,
              Limit{.what = "pictures that wait to be scaled",
                    .at_limit = "the decoder waits",
                    .metric = "weir_worker_congestions_total"});
        visit("frames", self.frames,
              Limit{.what = "pictures that wait for an encoder",
                    .at_limit = "the scaler waits",
                    .metric = "weir_rung_queue_depth"});
        visit("file_frames", self.file_frames,
              Limit{.what = "pictures of a file that wait for an encoder",
                    .at_limit = "the scaler waits",
                    .metric = "weir_rung_queue_depth"});
        visit("most_late", self.most_late,
              Limit{.what = "age of a picture before it is scaled",
                    .at_limit = "it is dropped for all rungs, unless segments start at it",
                    .metric = "weir_rung_dropped_total"});
    }
};

class Pipeline {
  public:
    /// Where the setup does not say how many processors there are, there is one. `sink` is called from the threads of the
    /// pipeline, one at a time. `give_up` is called when it uses more memory than it may: the process is to end. `resident`
    /// outlives the pipeline.
    Pipeline(const format::relay::Setup& setup, const ResidentSize& resident, Outlet::Sink sink,
             std::function<void()> give_up, Limits limits = {});
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    /// Forgets what has not come out.
    ~Pipeline();

    /// A message of the server, after Setup, in order. Waits while the pipeline is full.
    void receive(const format::relay::Message& message);
    [[nodiscard]] format::relay::Report report() const;

  private:
    struct VideoBranch {
        VideoBranch(Rung& rung_made, Outlet& outlet, const VideoRung::Settings& settings, std::size_t limit)
            : rung(&rung_made), queue(limit), stage(rung_made, queue, outlet, settings) {}
        Rung* rung;
        Queue<RungItem> queue;
        VideoRung stage;
    };
    struct AudioBranch {
        AudioBranch(Rung& rung_made, Outlet& outlet, std::atomic<std::uint64_t>& errors, std::size_t limit)
            : rung(&rung_made), queue(limit), stage(rung_made, queue, outlet, errors) {}
        Rung* rung;
        Queue<SourceItem> queue;
        AudioRung stage;
    };

    void add_rung(const format::relay::RungSetup& setup);
    void start();
    enum class Priority : std::uint8_t { usual, yields };
    /// A thread of that name, as an operator sees it.
    void run(std::string name, Priority priority, std::function<void()> stage);
    void receive(const format::relay::Tracks& tracks);
    void receive(const format::relay::Media& media);
    void receive(const format::relay::SwitchRung& change);
    void receive(const format::relay::Drain& drain);
    void receive(const format::relay::WantStill& wish) { stills_.want(wish.width); }
    void receive(const auto&) {}  // what a server does not say
    static void report_rung(const Rung& rung, std::size_t depth, std::size_t limit, format::relay::Report& report);
    void watch();
    void watch_memory(std::uint64_t resident);
    [[nodiscard]] std::chrono::milliseconds lag() const;
    [[nodiscard]] bool makes_pictures() const noexcept { return !videos_.empty() || audios_.empty(); }

    format::relay::Setup setup_;
    Limits limits_;
    Outlet outlet_;
    std::function<void()> give_up_;
    const ResidentSize& resident_;
    DecodeCounters counters_;
    Queue<SourceItem> source_;
    Queue<PictureItem> pictures_;
    VideoDecode decode_;
    Stills stills_;
    Splitter splitter_;
    std::vector<std::unique_ptr<Rung>> rungs_;  ///< in the order of the setup
    std::vector<std::unique_ptr<VideoBranch>> videos_;
    std::vector<std::unique_ptr<AudioBranch>> audios_;
    media::TrackSetRef tracks_;  ///< of the source, as last received
    std::mutex ending_mutex_;
    std::condition_variable ending_changed_;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace weir::worker

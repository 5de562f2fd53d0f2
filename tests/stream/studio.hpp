// A transcoder in miniature, and where the test tells it what to do: it makes of each picture of the source one picture of each
// rung, some frames later, with a keyframe where the source has a boundary; its worker can die, hang and come back.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stream/fixtures.hpp"
#include "stream/transcoder.hpp"

namespace weir::stream::test {

/// What the test says and hears. Outlives the transcoders.
struct Studio {
    std::vector<RungPlan> plan = {{.name = "360p", .width = 640, .height = 360, .bitrate = 600'000},
                                  {.name = "180p", .width = 320, .height = 180, .bitrate = 200'000}};
    std::size_t delay = 3;  ///< frames that the encoders hold back
    bool hangs = false;     ///< nothing comes out, nobody says why
    bool makes_nothing = false;
    bool makes_stills = false;
    int stills_wanted = 0;

    std::vector<SourceShape> asked;
    std::vector<std::string> ladders;  ///< of the options, each time
    std::vector<Entry> written;        ///< to all transcoders
    int flushes = 0;
    int alive = 0;
    std::vector<RungStats> stats;
    std::vector<std::string> remarks;

    [[nodiscard]] inline TranscoderFactory factory();
    /// The worker is killed: what it had is lost.
    inline void kill(base::Now now);
    /// Another one is there: it begins at the next keyframe of the source.
    inline void revive();

    class Miniature* current = nullptr;
};

class Miniature final : public Transcoder {
  public:
    Miniature(Studio& studio, RungSink& sink) : studio_(studio), sink_(sink), plan_(studio.plan) {
        ++studio_.alive;
        studio_.current = this;
        studio_.stats.resize(plan_.size());
        for (const RungPlan& rung : plan_) {
            media::Track track = rung.kind == media::Kind::video ? video_track(rung.width) : audio_track(44100);
            tracks_.push_back(std::make_shared<media::TrackSet>(std::vector{std::move(track)}));
        }
    }
    ~Miniature() override {
        --studio_.alive;
        studio_.current = nullptr;
    }

    [[nodiscard]] const std::vector<RungPlan>& plan() const noexcept override { return plan_; }
    void write(const Entry& entry, base::Now now) override {
        studio_.written.push_back(entry);
        if (is_dead_ || studio_.hangs || (waits_ && !entry.join)) return;
        is_first_ = is_first_ || std::exchange(waits_, false);
        if (entry.packet->track == media::audio_track_id) return make(*entry.packet, media::Kind::audio, now);
        encoding_.push_back(entry.packet);
        while (encoding_.size() > studio_.delay) encode(now);
    }
    void flush(base::Now now) override {
        ++studio_.flushes;
        while (!studio_.hangs && !encoding_.empty()) encode(now);
    }
    void tick(base::Now) override {}
    [[nodiscard]] bool want_still(base::Now) override {
        studio_.stills_wanted += studio_.makes_stills ? 1 : 0;
        return studio_.makes_stills;
    }
    void give_still(Still still, base::Now now) { sink_.take_still(std::move(still), now); }
    [[nodiscard]] TranscoderStats stats() const override {
        return {.rungs = studio_.stats, .worker = {.pid = 4711, .restarts = restarts_, .memory_bytes = 1 << 20}};
    }
    [[nodiscard]] std::vector<std::string> take_remarks() override { return std::exchange(studio_.remarks, {}); }

    void kill(base::Now now) {
        is_dead_ = true;
        encoding_.clear();
        say(RungState::recovering, "its worker was killed");
        for (std::size_t i = 0; i < plan_.size(); ++i) sink_.interrupt_rung(i, now);
    }
    void revive() {
        ++restarts_;
        is_dead_ = false;
        waits_ = true;
    }

  private:
    void encode(base::Now now) {
        const media::PacketRef frame = encoding_.front();
        encoding_.pop_front();
        make(*frame, media::Kind::video, now);
        is_first_ = false;
        say(RungState::running, "");
    }
    void make(const media::Packet& from, media::Kind kind, base::Now now) {
        for (std::size_t i = 0; i < plan_.size(); ++i) {
            if (plan_[i].kind != kind || !plan_[i].left_out.empty()) continue;
            media::Packet packet = from;
            packet.keyframe = kind == media::Kind::audio || from.segment_boundary || is_first_;
            packet.payload = base::Bytes::copy_of(std::string(10, 'r'));
            sink_.write_rung(i, std::move(packet), tracks_[i], now);
        }
    }
    void say(RungState state, std::string reason) {
        for (RungStats& stats : studio_.stats) {
            stats.state = state;
            stats.reason = reason;
        }
    }

    Studio& studio_;
    RungSink& sink_;
    const std::vector<RungPlan> plan_;
    std::vector<media::TrackSetRef> tracks_;
    std::deque<media::PacketRef> encoding_;
    bool is_first_ = true;
    bool is_dead_ = false;
    bool waits_ = false;  ///< for a join point
    std::uint32_t restarts_ = 0;
};

TranscoderFactory Studio::factory() {
    return [this](const base::StreamId&, const config::StreamOptions& options, const SourceShape& shape, RungSink& sink,
                  base::Executor&, base::Now) -> std::unique_ptr<Transcoder> {
        asked.push_back(shape);
        ladders.push_back(options.ladder);
        if (makes_nothing) return nullptr;
        return std::make_unique<Miniature>(*this, sink);
    };
}
void Studio::kill(base::Now now) { current->kill(now); }
void Studio::revive() { current->revive(); }

}  // namespace weir::stream::test

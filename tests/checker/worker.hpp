// The worker of the simulation: rungs in miniature (package/encoder.hpp), told what happens to them. It can be killed and come
// back, give a rung up for a while, and fall behind.
#pragma once

#include "package/encoder.hpp"
#include "stream/transcoder.hpp"

#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace weir::checker::test {

using namespace std::chrono_literals;

inline std::vector<package::test::RungShape> usual_rungs() {
    return {{.name = "720p", .width = 1280, .delay = 5, .gop = 20, .bitrate = 20'000},
            {.name = "360p", .width = 640, .delay = 3, .gop = 20, .bitrate = 10'000}};
}

/// What the script says. Outlives the transcoders.
struct Orders {
    std::vector<package::test::RungShape> rungs = usual_rungs();
    bool is_dead = false;
    std::set<std::size_t> shed;
    base::Duration late{};  ///< beyond what the encoders hold
};

class Worker final : public stream::Transcoder {
  public:
    Worker(const Orders& orders, stream::RungSink& sink) : orders_(orders), sink_(sink) {
        for (const auto& shape : orders.rungs) {
            plan_.push_back(
                {.name = shape.name, .width = shape.width, .height = shape.width * 9 / 16, .bitrate = shape.bitrate});
            rungs_.emplace_back(shape);
        }
    }

    [[nodiscard]] const std::vector<stream::RungPlan>& plan() const noexcept override { return plan_; }
    void write(const stream::Entry& entry, base::Now now) override {
        obey(now);
        for (std::size_t i = 0; i < rungs_.size(); ++i) {
            Rung& rung = rungs_[i];
            if (rung.is_down || (rung.waits && !entry.join)) continue;
            rung.waits = false;
            rung.encoder.receive(entry);
            deliver(i, now);
        }
    }
    void flush(base::Now now) override {
        for (std::size_t i = 0; i < rungs_.size(); ++i)
            if (!rungs_[i].is_down) {
                rungs_[i].encoder.flush();
                deliver(i, now);
            }
    }
    void tick(base::Now now) override {
        obey(now);
        for (std::size_t i = 0; i < rungs_.size(); ++i) deliver(i, now);
    }
    [[nodiscard]] stream::TranscoderStats stats() const override {
        stream::TranscoderStats stats;
        for (const Rung& rung : rungs_)
            stats.rungs.push_back(
                {.state = rung.is_down ? stream::RungState::recovering : stream::RungState::running, .reason = {}});
        return stats;
    }

  private:
    struct Rung {
        explicit Rung(const package::test::RungShape& shape) : encoder(shape) {}
        package::test::Encoder encoder;
        std::deque<std::pair<base::Instant, stream::Entry>> queue;
        bool is_down = false;
        bool waits = true;  ///< for a join point
    };

    void obey(base::Now now) {
        for (std::size_t i = 0; i < rungs_.size(); ++i) {
            Rung& rung = rungs_[i];
            const bool should_be_down = orders_.is_dead || orders_.shed.contains(i);
            if (std::exchange(rung.is_down, should_be_down) == should_be_down) continue;
            rung.encoder.start_over();
            rung.encoder.mark_break();
            rung.queue.clear();
            rung.waits = true;
            if (should_be_down) sink_.interrupt_rung(i, now);
        }
    }
    void deliver(std::size_t i, base::Now now) {
        Rung& rung = rungs_[i];
        for (stream::Entry& entry : rung.encoder.take())
            rung.queue.emplace_back(now.instant + orders_.late, std::move(entry));
        for (; !rung.queue.empty() && rung.queue.front().first <= now.instant; rung.queue.pop_front()) {
            stream::Entry& entry = rung.queue.front().second;
            sink_.write_rung(i, media::Packet(*entry.packet), entry.tracks, now);
        }
    }

    const Orders& orders_;
    stream::RungSink& sink_;
    std::vector<stream::RungPlan> plan_;
    std::vector<Rung> rungs_;
};

}  // namespace weir::checker::test

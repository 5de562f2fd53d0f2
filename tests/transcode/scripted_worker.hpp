// A stream, a supervisor and a worker of cardboard in virtual time: 25 pictures a second, a worker that encodes each of them
// three pictures later (or of its sound, where it is to make nothing else), and whatever misbehaviour a test asks it for. It checks by itself what always holds of the rungs.
#pragma once

#include "transcode/supervisor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir::transcode::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;
namespace relay = format::relay;

inline const media::Ticks picture_time = media::Ticks::milliseconds(40);

inline media::TrackSetRef source_tracks() {
    media::Track video;
    video.id = media::video_track_id;
    video.width = 1280;
    video.height = 720;
    media::Track audio;
    audio.id = media::audio_track_id;
    audio.kind = media::Kind::audio;
    audio.codec = media::Codec::aac;
    return std::make_shared<media::TrackSet>(media::TrackSet{{video, audio}});
}

inline media::TrackSetRef rung_tracks(media::Kind kind) {
    media::Track track;
    track.kind = kind;
    track.id = kind == media::Kind::video ? media::video_track_id : media::audio_track_id;
    return std::make_shared<media::TrackSet>(media::TrackSet{{track}});
}

/// How a worker behaves; tests change it while it runs.
struct Manners {
    bool starts = true;
    bool says_hello = true;
    bool dies_of_setup = false;
    std::optional<media::Ticks> poison;  ///< the picture that its decoder dies of
    bool reports = true;
    bool works = true;
    std::uint64_t memory = 100U << 20;
    std::uint32_t lag = 0;         ///< milliseconds that it reports while it makes more than `affordable` rungs
    std::size_t affordable = 100;  ///< rungs that the machine can carry
};

class Stage {
  public:
    struct Rung {
        std::vector<media::Packet> packets;
        std::vector<base::Instant> at;
        std::size_t interruptions = 0;
    };

    explicit Stage(std::vector<stream::RungPlan> plan, Limits limits = {}, milliseconds keyframes = seconds(2))
        : keyframes_(keyframes), tracks_(source_tracks()), supervisor(plan, setup_of(plan), "weir 0", limits, 7) {
        rungs.resize(plan.size());
    }

    /// One moment is 10 ms.
    void run(base::Duration duration) {
        for (const base::Instant end = now + duration; now < end; now += milliseconds(10)) moment();
    }
    void run_until(const std::function<bool()>& holds, base::Duration at_most) {
        for (const base::Instant end = now + at_most; now < end && !holds(); now += milliseconds(10)) moment();
    }

    [[nodiscard]] base::Now clocks() const { return {now, base::WallTime(now.time_since_epoch())}; }
    [[nodiscard]] stream::RungStats stats(std::size_t rung) const { return supervisor.stats().rungs.at(rung); }
    [[nodiscard]] bool is_running(std::size_t rung) const { return stats(rung).state == stream::RungState::running; }
    [[nodiscard]] bool said(std::string_view text) const {
        return std::ranges::any_of(remarks, [&](const std::string& one) { return one.contains(text); });
    }

    /// The process is gone, as after `kill -9`.
    void end_worker(std::string_view how) {
        worker_.reset();
        supervisor.exited(how, clocks());
        drain();
    }
    void say(relay::Message message) {
        supervisor.receive(std::move(message), clocks());
        drain();
    }
    void drain() {
        while (auto event = supervisor.next_event()) std::visit([this](auto& one) { take(one); }, *event);
    }

  private:
    struct Worker {
        base::Instant ready;
        bool greeted = false;
        relay::Setup setup{};
        std::deque<media::Packet> pictures{};
        std::set<std::size_t> off{};
        std::map<std::size_t, bool> begun{};
        relay::Report report{};
        base::Instant next_report{};
        bool is_draining = false;
    };
    milliseconds keyframes_;
    media::TrackSetRef tracks_;
    std::optional<Worker> worker_;
    base::Instant next_picture_{seconds(100)};
    std::optional<base::Instant> killed_;

  public:
    Supervisor supervisor;
    Manners manners;
    base::Instant now{seconds(100)};
    bool source_runs = true;
    milliseconds picture_interval{40};
    media::Ticks time;  ///< of the source's next picture
    bool break_source = false;

    std::vector<Rung> rungs;
    std::vector<relay::Message> sent;
    std::vector<std::string> remarks;
    std::vector<std::string> kills;
    std::vector<relay::Still> stills;
    std::size_t spawns = 0;

  private:
    static relay::Setup setup_of(const std::vector<stream::RungPlan>& plan) {
        relay::Setup setup;
        for (const stream::RungPlan& rung : plan) {
            if (!rung.left_out.empty()) continue;
            setup.rungs.emplace_back();
            setup.rungs.back().name = rung.name;
            setup.rungs.back().kind = rung.kind;
        }
        return setup;
    }

    void moment() {
        if (source_runs && now >= next_picture_) {
            write_picture();
            next_picture_ = now + picture_interval;
        }
        if (killed_ && now - *killed_ >= milliseconds(20)) {
            killed_.reset();
            end_worker("killed by signal 9");
        }
        if (worker_) work();
        if (const auto due = supervisor.deadline(); due && now >= *due) supervisor.tick(clocks());
        drain();
    }

    void write_picture() {
        const bool is_key = time.to_milliseconds() % keyframes_.count() == 0;
        auto picture = std::make_shared<media::Packet>();
        picture->track = media::video_track_id;
        picture->dts = picture->pts = time;
        picture->duration = picture_time;
        picture->keyframe = picture->segment_boundary = is_key;
        picture->discontinuity = std::exchange(break_source, false);
        picture->payload = base::Bytes::copy_of(std::string(100, 'p'));
        auto sound = std::make_shared<media::Packet>(*picture);
        sound->track = media::audio_track_id;
        sound->keyframe = true;
        sound->segment_boundary = false;
        supervisor.write({.packet = picture, .tracks = tracks_, .join = is_key}, clocks());
        supervisor.write({.packet = sound, .tracks = tracks_}, clocks());
        time += picture_time;
    }

    void take(const Spawn&) {
        ++spawns;
        if (!manners.starts) return supervisor.exited("no such program", clocks());
        worker_.emplace(Worker{.ready = now + milliseconds(100)});
        supervisor.spawned(4711, clocks());
    }
    void take(const Kill& kill) {
        kills.push_back(kill.reason);
        killed_ = now;
    }
    void take(Send& message) {
        if (worker_) hear(message.message);
        sent.push_back(std::move(message.message));
    }
    void take(RungPacket& packet) {
        Rung& rung = rungs.at(packet.rung);
        ASSERT_NE(packet.tracks, nullptr);
        if (!rung.packets.empty()) {
            EXPECT_GT(packet.packet.dts, rung.packets.back().dts) << "decode times rise, whatever happens";
            EXPECT_GT(packet.packet.pts, rung.packets.back().pts);
        }
        rung.packets.push_back(std::move(packet.packet));
        rung.at.push_back(now);
    }
    void take(const RungInterrupted& one) { ++rungs.at(one.rung).interruptions; }
    void take(const StillMade& made) { stills.push_back(made.still); }
    void take(const Remark& remark) { remarks.push_back(remark.text); }

    void hear(const relay::Message& message) {
        if (const auto* setup = std::get_if<relay::Setup>(&message)) {
            worker_->setup = *setup;
            worker_->report.rungs.resize(setup->rungs.size());
            worker_->next_report = now + seconds(1);
        } else if (const auto* media = std::get_if<relay::Media>(&message)) {
            if (media->packet.track == encoded_track()) worker_->pictures.push_back(media->packet);
        } else if (const auto* change = std::get_if<relay::SwitchRung>(&message)) {
            if (change->on) worker_->off.erase(change->rendition), worker_->begun.erase(change->rendition);
            else worker_->off.insert(change->rendition);
        } else if (std::holds_alternative<relay::Drain>(message)) {
            worker_->is_draining = true;
        }
    }

    /// What its rungs are made of: one packet of it makes one of each.
    [[nodiscard]] std::uint32_t encoded_track() const {
        const bool is_of_pictures =
            std::ranges::any_of(worker_->setup.rungs, [](const auto& rung) { return rung.kind == media::Kind::video; });
        return is_of_pictures ? media::video_track_id : media::audio_track_id;
    }

    void work() {
        if (now < worker_->ready) return;
        if (!worker_->greeted) {
            if (!manners.says_hello) return;
            worker_->greeted = true;
            supervisor.receive(relay::Hello{}, clocks());
            drain();
            if (manners.dies_of_setup) return end_worker("killed by signal 11");
        }
        while (manners.works && worker_ &&
               (worker_->pictures.size() > 3 || (worker_->is_draining && !worker_->pictures.empty())))
            encode();
        if (worker_ && worker_->is_draining && manners.works) {
            worker_->is_draining = false;
            worker_->begun.clear();
            supervisor.receive(relay::Drained{}, clocks());
        }
        if (worker_ && manners.reports && now >= worker_->next_report) report();
    }

    void encode() {
        const media::Packet picture = worker_->pictures.front();
        worker_->pictures.pop_front();
        if (manners.poison == picture.pts) return end_worker("killed by signal 11");
        ++worker_->report.frames;
        if (picture.pts < worker_->setup.encode_from) return;
        for (std::size_t i = 1; i <= worker_->setup.rungs.size(); ++i) {
            if (worker_->off.contains(i)) continue;
            const media::Kind kind = worker_->setup.rungs[i - 1].kind;
            const auto number = static_cast<relay::Rendition>(i);
            const bool is_first = !std::exchange(worker_->begun[i], true);
            if (is_first) supervisor.receive(relay::Tracks{.rendition = number, .tracks = rung_tracks(kind)}, clocks());
            media::Packet packet = picture;
            packet.track = rung_tracks(kind)->tracks[0].id;
            packet.keyframe = is_first || picture.segment_boundary || kind == media::Kind::audio;
            supervisor.receive(relay::Media{.rendition = number, .packet = packet}, clocks());
            ++worker_->report.rungs[i - 1].frames;
        }
        drain();
    }

    void report() {
        worker_->next_report = now + seconds(1);
        worker_->report.memory = manners.memory;
        worker_->report.lag = worker_->setup.rungs.size() - worker_->off.size() > manners.affordable ? manners.lag : 0;
        supervisor.receive(worker_->report, clocks());
    }
};

}  // namespace weir::transcode::tests

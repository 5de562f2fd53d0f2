#include "stream/track_rungs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace weir::stream {

namespace {

using media::Ticks;

/// The same moment, as clocks of whole milliseconds have it.
constexpr Ticks same_moment = Ticks::milliseconds(2);
constexpr std::size_t most_moments = 256;

std::uint32_t short_side(const media::Track& track) noexcept { return std::min(track.width, track.height); }

/// The rung's own: "720p", and "720p-2" where there is one already.
std::string name_of(const media::Track& track, const std::vector<RungPlan>& taken) {
    const std::string name = fmt::format("{}p", short_side(track));
    const auto is_taken = [&](const std::string& wanted) {
        return std::ranges::find(taken, wanted, &RungPlan::name) != taken.end();
    };
    for (int count = 2;; ++count) {
        const std::string next = count == 2 ? name : fmt::format("{}-{}", name, count - 1);
        if (!is_taken(next)) return next;
    }
}

media::TrackSetRef alone(media::Track track) {
    track.id = media::video_track_id;
    return std::make_shared<const media::TrackSet>(media::TrackSet{{std::move(track)}});
}

}  // namespace

bool TrackRungs::is_beside(const media::TrackSet& tracks, std::uint32_t track) noexcept {
    const media::Track* found = tracks.find(track);
    return found != nullptr && found != tracks.first(found->kind);
}

bool TrackRungs::are_in(const media::TrackSet& tracks) noexcept {
    return std::ranges::count(tracks.tracks, media::Kind::video, &media::Track::kind) > 1;
}

TrackRungs::TrackRungs(const media::TrackSet& tracks, RungSink& sink, const Limits& limits)
    : limits_(limits), sink_(sink) {
    std::vector<const media::Track*> found;
    for (const media::Track& track : tracks.tracks)
        if (track.kind == media::Kind::video && is_beside(tracks, track.id)) found.push_back(&track);
    std::ranges::sort(found, [](const media::Track* a, const media::Track* b) {
        return std::pair(short_side(*b), a->id) < std::pair(short_side(*a), b->id);
    });
    for (const media::Track* track : found) {
        plan_.push_back({.name = name_of(*track, plan_),
                         .kind = media::Kind::video,
                         .width = track->width,
                         .height = track->height,
                         .bitrate = track->announced_bitrate,
                         .left_out = {}});
        lines_.push_back({.track = track->id, .tracks = alone(*track), .waiting = {}, .newest = {}, .heard = {}});
    }
}

void TrackRungs::write(const Entry& entry, base::Now now) {
    const media::Track* video = entry.tracks->first(media::Kind::video);
    if (video == nullptr || entry.packet->track != video->id) return;
    moments_.push_back({entry.packet->dts, entry.packet->pts, entry.packet->segment_boundary});
    if (moments_.size() > most_moments) moments_.pop_front();
    release(now);
    let_go_of_the_silent(now);
}

void TrackRungs::write_beside(media::Packet packet, const media::Track& track, base::Now now) {
    const auto line = std::ranges::find(lines_, track.id, &Line::track);
    if (line == lines_.end()) return;
    if (const media::Track& known = line->tracks->tracks.front();
        known.config != track.config || known.codec != track.codec)
        line->tracks = alone(track);
    waiting_bytes_ += packet.payload.size();
    line->waiting.push_back(std::move(packet));
    release(now);
}

/// What the source has come as far as goes on; more than may wait goes on too.
void TrackRungs::release(base::Now now) {
    for (std::size_t rung = 0; rung < lines_.size(); ++rung) {
        Line& line = lines_[rung];
        const auto is_due = [&](const media::Packet& packet) {
            return (!moments_.empty() && packet.dts <= moments_.back().dts + same_moment) ||
                   waiting_bytes_ > limits_.waiting_bytes.bytes();
        };
        while (!line.waiting.empty() && is_due(line.waiting.front())) pass_oldest(rung, now);
    }
}

void TrackRungs::pass_oldest(std::size_t rung, base::Now now) {
    Line& line = lines_[rung];
    media::Packet packet = std::move(line.waiting.front());
    line.waiting.pop_front();
    waiting_bytes_ -= packet.payload.size();
    put_in_step(rung, packet);
    if (line.newest && packet.dts <= *line.newest) return;
    line.newest = line.heard = packet.dts;
    line.is_interrupted = line.is_interrupted && !packet.keyframe;
    packet.track = media::video_track_id;
    if (!line.is_interrupted) sink_.write_rung(rung, std::move(packet), line.tracks, now);
}

/// Gives the packet the time of the source's picture of the same moment.
void TrackRungs::put_in_step(std::size_t rung, media::Packet& packet) {
    const auto is_same = [&](const Moment& moment) {
        return moment.pts - same_moment <= packet.pts && packet.pts <= moment.pts + same_moment;
    };
    const auto found = std::ranges::find_if(moments_.rbegin(), moments_.rend(), is_same);
    if (found == moments_.rend()) return;
    packet.dts += found->pts - packet.pts;
    packet.pts = found->pts;
    packet.segment_boundary = found->starts_segment && packet.keyframe;
    if (!found->starts_segment || packet.keyframe || std::exchange(lines_[rung].is_apart, true)) return;
    remarks_.push_back(
        fmt::format("the keyframes of {} do not stand where the source's are: players cannot change to it "
                    "in HLS; let the encoder align its tracks",
                    plan_[rung].name));
}

/// Of a track that the source does not send any more.
void TrackRungs::let_go_of_the_silent(base::Now now) {
    const Ticks patience = Ticks::from(limits_.patience);
    for (std::size_t rung = 0; rung < lines_.size(); ++rung) {
        Line& line = lines_[rung];
        if (!line.heard) line.heard = moments_.back().dts;  // from here on it is waited for
        if (line.is_interrupted || moments_.back().dts - *line.heard <= patience) continue;
        line.is_interrupted = true;
        sink_.interrupt_rung(rung, now);
    }
}

void TrackRungs::flush(base::Now now) {
    for (std::size_t rung = 0; rung < lines_.size(); ++rung)
        while (!lines_[rung].waiting.empty()) pass_oldest(rung, now);
}

TranscoderStats TrackRungs::stats() const {
    TranscoderStats stats;
    for (const Line& line : lines_) {
        RungStats& rung = stats.rungs.emplace_back();
        rung.state = line.is_interrupted ? RungState::recovering
                     : line.newest       ? RungState::running
                                         : RungState::starting;
        if (line.is_interrupted) rung.reason = "the source sends nothing of it";
    }
    return stats;
}

}  // namespace weir::stream

#include "endpoint/rtsp_player.hpp"

#include "format/rtp_format.hpp"
#include "format/rtp_serializer.hpp"
#include "format/sdp.hpp"
#include "stream/playable.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace weir::endpoint {

namespace rtp = format::rtp;
namespace rtsp = proto::rtsp;
namespace sdp = format::sdp;

namespace {

std::unexpected<RtspRefusal> refuse(rtsp::Refusal refusal, std::string text) {
    return std::unexpected(RtspRefusal{refusal, std::move(text)});
}

}  // namespace

void describe_tracks(const media::TrackSet& tracks, RtspPlay& play) {
    sdp::Session session{.name = play.stream->id().text()};
    session.attributes = {{"tool", "Weir"}, {"control", "*"}, {"range", "npt=now-"}};
    for (const media::Kind kind : {media::Kind::video, media::Kind::audio}) {
        const media::Track* track = tracks.first(kind);
        if (track == nullptr || !rtp::can_carry(*track)) continue;
        session.media.push_back(rtp::describe(*track));
        const std::string* control = session.media.back().find("control");
        const std::uint16_t channel = rtp::channel(track->id);
        play.tracks.push_back({.control = control == nullptr ? std::string() : *control,
                               .channels = rtsp::Pair{channel, static_cast<std::uint16_t>(channel + 1)}});
        play.track_ids.push_back(track->id);
    }
    play.description = sdp::write(session);
}

std::expected<RtspPlay, RtspRefusal> find_play(const RtspService& service, const rtsp::PlayRequest& request) {
    stream::Registry& registry = service.around.registry;
    RtspPlay play{.stream = registry.find(request.visitor.stream), .rung = request.rung};
    if (play.rung.empty()) play.rung = stream::source_rendition;
    const auto snapshot = registry.snapshot(request.visitor.stream);
    if (play.stream == nullptr || play.stream->is_over() || snapshot == nullptr)
        return refuse(rtsp::Refusal::not_found, "no stream of that name is live");
    if (auto answer = stream::playable(*snapshot, play.rung); answer.verdict != stream::Playable::Verdict::yes)
        return refuse(rtsp::Refusal::not_found, std::move(answer.reason));
    const media::TrackSetRef tracks = stream::tracks_of(*snapshot, play.rung);
    if (tracks == nullptr) return refuse(rtsp::Refusal::not_found, "nothing has come of the stream yet");
    if (registry.memory().is_full())
        return refuse(rtsp::Refusal::busy, "the memory that `limits.memory` allows is in use; try again in a moment");
    describe_tracks(*tracks, play);
    if (play.tracks.empty())
        return refuse(rtsp::Refusal::unsupported,
                      format::nothing_to_carry(rtp::carriage, *tracks)
                          .value_or("the stream's first tracks are none that RTP can carry"));
    return play;
}

const stream::WireFormat& choose_format(const RtspFormats& formats, const RtspPlay& play,
                                        std::span<const rtsp::TrackSetup> tracks) {
    const auto has = [&](std::uint32_t id) {
        return std::ranges::any_of(tracks, [&](const auto& one) { return play.track_ids[one.track] == id; });
    };
    if (!has(media::audio_track_id)) return formats.picture;
    return has(media::video_track_id) ? formats.both : formats.sound;
}

std::vector<std::size_t> tracks_by_line(const RtspPlay& play, std::span<const rtsp::TrackSetup> tracks) {
    std::vector<std::size_t> by_line;
    for (const rtsp::TrackSetup& one : tracks) {
        const std::size_t line = rtp::channel(play.track_ids[one.track]) / 2U;
        if (by_line.size() <= line) by_line.resize(line + 1, SIZE_MAX);
        by_line[line] = one.track;
    }
    return by_line;
}

RtspPlayer::RtspPlayer(rtsp::ServerConnection machine, std::shared_ptr<RtspService> service, base::Log log)
    : machine_(std::move(machine)), service_(std::move(service)), log_(std::move(log)) {
    service_->counts.players.add();
    service_->counts.playing.add();
}

RtspPlayer::~RtspPlayer() {
    service_->counts.playing.subtract();
    service_->counts.closed.add();
    log_.debug("player left", {{"reason", reason_}});
}

net::ViewerInbox::Reply RtspPlayer::receive(base::ByteView said, base::Now now) {
    Reply reply;
    service_->counts.received_bytes.add(said.size());
    machine_.receive(said, now.instant);
    while (auto event = machine_.next_event()) {
        if (const auto* paused = std::get_if<rtsp::Paused>(&*event)) {
            reply.wish = paused->is_paused ? Wish::pause : Wish::play;
        } else if (auto* closed = std::get_if<rtsp::Closed>(&*event)) {
            reply.wish = Wish::leave;
            reason_ = std::move(closed->text);
        }
    }
    reply.words = machine_.take_output();
    return reply;
}

/// RTSP has no words for it: the connection ends.
base::Bytes RtspPlayer::farewell() {
    reason_ = "the stream has ended, or has no picture yet";
    return {};
}

}  // namespace weir::endpoint

#include "endpoint/rtmp_player.hpp"

#include "format/flv_tags.hpp"
#include "stream/playable.hpp"

#include <utility>
#include <variant>

namespace weir::endpoint {

namespace rtmp = proto::rtmp;

std::expected<RtmpPlay, RtmpPlayRefusal> find_play(const RtmpService& service, net::Shard& shard,
                                                   const rtmp::PlayRequest& request, base::Instant now,
                                                   bool is_expected) {
    const auto refuse = [](rtmp::Refusal refusal, std::string text, bool may_come = false) {
        return std::unexpected(RtmpPlayRefusal{refusal, std::move(text), may_come});
    };
    stream::Registry& registry = service.around.registry;
    is_expected = is_expected || registry.expects(request.stream, shard);
    RtmpPlay play{.stream = registry.find(request.stream), .rung = request.rung, .place = {}, .asked = now};
    if (play.stream == nullptr || play.stream->is_over())
        return refuse(rtmp::Refusal::bad_name, "no stream of that name is live", is_expected);
    if (play.rung.empty()) play.rung = stream::source_rendition;
    const auto snapshot = registry.snapshot(request.stream);
    if (snapshot == nullptr || (is_expected && !stream::has_begun(snapshot->state)))
        return refuse(rtmp::Refusal::bad_name, "no stream of that name is live", is_expected);
    if (auto answer = stream::playable(*snapshot, play.rung); answer.verdict != stream::Playable::Verdict::yes)
        return refuse(rtmp::Refusal::bad_name, std::move(answer.reason),
                      is_expected && answer.verdict == stream::Playable::Verdict::not_yet);
    if (const media::TrackSetRef tracks = stream::choice_of_tracks(*snapshot, play.rung))
        if (auto why = format::nothing_to_carry(format::flv::carriage, *tracks))
            return refuse(rtmp::Refusal::failed, *std::move(why));
    if (registry.memory().is_full())
        return refuse(rtmp::Refusal::failed, "the memory that `limits.memory` allows is in use; try again in a moment");
    auto place = service.around.take_place(shard);
    if (!place) return refuse(rtmp::Refusal::failed, "there are as many viewers as `limits.viewers` allows");
    play.place = *std::move(place);
    return play;
}

RtmpPlayer::RtmpPlayer(rtmp::ServerConnection machine, std::shared_ptr<RtmpService> service, base::Log log)
    : machine_(std::move(machine)), service_(std::move(service)), log_(std::move(log)) {
    service_->counts.players.add();
    service_->counts.playing.add();
}

RtmpPlayer::~RtmpPlayer() {
    service_->counts.playing.subtract();
    service_->counts.closed.add();
    log_.debug("player left", {{"reason", reason_}});
}

net::ViewerInbox::Reply RtmpPlayer::receive(base::ByteView said, base::Now now) {
    Reply reply;
    service_->counts.received_bytes.add(said.size());
    machine_.receive(said, now.instant);
    while (auto event = machine_.next_event()) {
        if (const auto* paused = std::get_if<rtmp::Paused>(&*event)) {
            reply.wish = paused->is_paused ? Wish::pause : Wish::play;
        } else if (auto* closed = std::get_if<rtmp::Closed>(&*event)) {
            reply.wish = Wish::leave;
            reason_ = std::move(closed->text);
        }
    }
    reply.words = machine_.take_output();
    return reply;
}

base::Bytes RtmpPlayer::farewell() {
    reason_ = "the stream has ended, or has no picture yet";
    machine_.end_play(reason_);
    return machine_.take_output();
}

}  // namespace weir::endpoint

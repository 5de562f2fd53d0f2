#include "endpoint/srt_player.hpp"

#include "format/mpegts_mux.hpp"
#include "net/endpoint_text.hpp"
#include "stream/playable.hpp"

#include <utility>

namespace weir::endpoint {

using base::ErrorKind;
using base::fail;

namespace {

constexpr base::Duration between_measurements = std::chrono::seconds(1);
constexpr base::Duration longest_expectation = std::chrono::seconds(15);

}  // namespace

SrtPlayer::SrtPlayer(std::shared_ptr<SrtService> service, net::Shard& shard, net::SrtSocket socket, base::Log log)
    : service_(std::move(service)),
      shard_(shard),
      log_(std::move(log)),
      feed_(shard, service_->around.poller, std::move(socket)) {
    service_->counts.players.add();
    service_->counts.playing.add();
}

SrtPlayer::~SrtPlayer() {
    feed_.end("the server is shutting down");
    log_.debug("player left", {{"reason", feed_.reason()}});
    service_->counts.playing.subtract();
}

void SrtPlayer::begin(const proto::srt::Request& request, base::Now now) {
    log_.debug("player came", {{"peer", net::print_endpoint(feed_.socket().peer())},
                               {"client", "libsrt " + feed_.socket().peer_version()},
                               {"rung", request.rung}});
    asked_ = now.instant;
    expected_ = request;
    may_come_ = service_->registry().expects(request.stream, shard_);
    try_to_join(now);
}

// One that is live, or fetched for who asks, is waited for until there is a picture to start from.
void SrtPlayer::try_to_join(base::Now now) {
    const auto stream = service_->registry().find(expected_->stream);
    const auto snapshot = service_->registry().snapshot(expected_->stream);
    const bool is_live = stream != nullptr && !stream->is_over();
    const bool has_picture = is_live && snapshot != nullptr && snapshot->tracks != nullptr;
    if (!has_picture && (is_live || may_come_) && now.instant - asked_ < longest_expectation) return;
    // One that was fetched for this player could not be looked at before.
    const std::string_view rung =
        expected_->rung.empty() ? stream::source_rendition : std::string_view(expected_->rung);
    const media::TrackSetRef tracks = snapshot != nullptr ? stream::choice_of_tracks(*snapshot, rung) : nullptr;
    const auto why = tracks != nullptr ? format::nothing_to_carry(format::mpegts::carriage, *tracks) : std::nullopt;
    if (why) return feed_.end(*why);
    const auto joined = join(*std::exchange(expected_, std::nullopt), now);
    if (!joined) feed_.end(joined.error().text);
}

base::Result<void> SrtPlayer::join(const proto::srt::Request& request, base::Now now) {
    auto stream = service_->registry().find(request.stream);
    if (stream == nullptr || stream->is_over()) return fail(ErrorKind::not_found, "no stream of that name is live");
    auto place = service_->around.take_place(shard_);
    if (!place) return fail(ErrorKind::too_large, "there are as many viewers as `limits.viewers` allows");
    stream::ViewerCount& viewers = stream->viewers()[stream::ViewerProtocol::srt];
    return feed_.begin(*service_->around.hubs[shard_.index()],
                       {.stream = std::move(stream),
                        .rung = request.rung.empty() ? std::string(stream::source_rendition) : request.rung,
                        .format = service_->around.format,
                        .viewers = viewers,
                        .place = *std::move(place),
                        .asked = now.instant});
}

void SrtPlayer::tick(base::Now now) {
    if (expected_) try_to_join(now);
    if (now.instant - measured_ >= between_measurements) measure(now);
    feed_.tick(now);
}

void SrtPlayer::measure(base::Now now) {
    measured_ = now.instant;
    const std::optional<net::SrtFigures> figures = feed_.socket().measure();
    if (!figures) return;
    SrtCounts& counts = service_->counts;
    counts.sent_packets.add(figures->sent - told_figures_.sent);
    counts.sent_lost.add(figures->sent_lost - told_figures_.sent_lost);
    counts.retransmitted.add(figures->retransmitted - told_figures_.retransmitted);
    told_figures_ = *figures;
}

}  // namespace weir::endpoint

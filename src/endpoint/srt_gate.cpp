#include "endpoint/srt_gate.hpp"

#include "config/streams.hpp"
#include "format/mpegts_mux.hpp"
#include "stream/playable.hpp"

#include <algorithm>

namespace weir::endpoint {

namespace srt = proto::srt;
using srt::Rejection;

namespace {

using Verdict = stream::Playable::Verdict;

bool has_contender(const stream::StreamSnapshot& snapshot, stream::Rank rank) {
    return std::ranges::any_of(snapshot.contenders, [rank](const auto& one) { return one.info.rank == rank; });
}

std::optional<SrtRefusal> find_publish_refusal(const SrtService& service, const config::Config& config,
                                               const srt::Request& request, const boost::asio::ip::address& peer) {
    const auto allowed = service.around.access(config, peer, request.token);
    if (!allowed) {
        const bool asks_for_key = config.auth.publish == config::PublishAccess::key;
        return SrtRefusal{asks_for_key ? Rejection::unauthorized : Rejection::forbidden,
                          std::string(allowed.error().text)};
    }
    const auto snapshot = service.registry().snapshot(request.stream);
    const bool is_live = snapshot != nullptr && !stream::is_over(snapshot->state);
    if (is_live && snapshot->options.takeover == config::Takeover::refuse &&
        has_contender(*snapshot, request.is_backup ? stream::Rank::backup : stream::Rank::source))
        return SrtRefusal{Rejection::conflict, "somebody publishes this stream already"};
    return std::nullopt;
}

std::optional<SrtRefusal> find_carriage_refusal(const stream::StreamSnapshot& snapshot, std::string_view rung) {
    const media::TrackSetRef tracks = stream::choice_of_tracks(snapshot, rung);
    auto why = tracks != nullptr ? format::nothing_to_carry(format::mpegts::carriage, *tracks) : std::nullopt;
    if (!why) return std::nullopt;
    return SrtRefusal{Rejection::unsupported_media, *std::move(why)};
}

std::optional<SrtRefusal> find_play_refusal(const SrtService& service, const config::Config& config,
                                            const srt::Request& request) {
    const auto stream = service.registry().find(request.stream);
    const auto snapshot = service.registry().snapshot(request.stream);
    if (stream == nullptr || stream->is_over() || snapshot == nullptr) {
        // One that is fetched may come: the session waits for it.
        if (!config::options_for(config, request.stream.text()).source.addresses.empty()) return std::nullopt;
        return SrtRefusal{Rejection::not_found, "no stream of that name is live"};
    }
    const std::string_view rung = request.rung.empty() ? stream::source_rendition : std::string_view(request.rung);
    stream::Playable playable = stream::playable(*snapshot, rung);
    if (playable.verdict == Verdict::yes) return find_carriage_refusal(*snapshot, rung);
    return SrtRefusal{playable.verdict == Verdict::not_at_all ? Rejection::not_found : Rejection::locked,
                      std::move(playable.reason)};
}

}  // namespace

std::optional<SrtRefusal> find_refusal(const SrtService& service, const config::Config& config,
                                       const srt::Request& request, const boost::asio::ip::address& peer) {
    if (service.counts.connections.value() >= service.limits.connections)
        return SrtRefusal{Rejection::overload, "there are as many SRT connections as the server takes"};
    if (service.registry().memory().is_full())
        return SrtRefusal{Rejection::overload, "the memory that `limits.memory` allows is in use"};
    return request.purpose == srt::Purpose::publish ? find_publish_refusal(service, config, request, peer)
                                                    : find_play_refusal(service, config, request);
}

std::string passphrase_of(const config::Config& config, const base::StreamId& stream) {
    std::string own = config::options_for(config, stream.text()).passphrase;
    return own.empty() ? config.srt.passphrase : own;
}

}  // namespace weir::endpoint

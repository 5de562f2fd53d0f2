#include "endpoint/http_logs.hpp"

#include "endpoint/expected_stream.hpp"
#include "endpoint/media_answers.hpp"
#include "endpoint/rung_waiting.hpp"
#include "endpoint/websocket_viewer.hpp"
#include "proto/http/websocket.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace http = proto::http;

namespace {

// The endless answer's head.
net::HttpResponse endless(std::string_view content_type) {
    net::HttpResponse response{.content_type = content_type};
    response.fields.add("Cache-Control", cache_life::never);
    return response;
}

net::HttpResponse upgraded(const http::Request& request) {
    const auto accepted = http::accept_websocket(request);
    if (!accepted) {
        auto response = net::http_error(net::error_form(request), accepted.error().status, accepted.error().text);
        response.fields.add("Sec-WebSocket-Version", "13");
        return response;
    }
    net::HttpResponse response{.status = http::Status::switching_protocols};
    response.fields.add("Upgrade", "websocket").add("Sec-WebSocket-Accept", *accepted);
    return response;
}

// A rendition that may not be played, in an answer.
net::HttpResponse not_playable(const http::Request& request, const stream::Playable& answer) {
    if (answer.verdict == stream::Playable::Verdict::not_at_all) return no_rendition(request, answer.reason);
    return not_now(request, "rendition_not_ready", answer.reason);
}

}  // namespace

std::optional<net::HttpResponse> HttpLogs::refusal(const LogForm& form, const Request& request,
                                                   const base::StreamId& id, std::string_view rung,
                                                   const stream::Playable& playable) const {
    if (playable.verdict != stream::Playable::Verdict::yes) return not_playable(request, playable);
    const auto snapshot = around_.registry.snapshot(id);
    const media::TrackSetRef tracks = snapshot != nullptr ? stream::choice_of_tracks(*snapshot, rung) : nullptr;
    if (form.carriage != nullptr && tracks != nullptr)
        if (const auto why = format::nothing_to_carry(*form.carriage, *tracks)) return no_rendition(request, *why);
    if (around_.registry.memory().is_full())
        return not_now(request, "memory_full",
                       "the memory that `limits.memory` allows is in use; try again in a moment");
    return std::nullopt;
}

asio::awaitable<net::HttpResponse> HttpLogs::answer(const LogForm& form, const Request& request,
                                                    net::RequestContext& context) {
    const auto id = stream_of(context);
    if (!id) co_return no_stream(request);
    co_await wait_for_stream(around_.registry, *id, context);
    std::string rung(context.captures["rung"]);
    if (rung.empty()) rung = stream::source_rendition;
    const stream::Playable playable = co_await wait_until_playable(around_.registry, *id, rung, context);
    auto stream = around_.registry.find(*id);
    if (stream == nullptr || stream->is_over()) co_return no_stream(request);
    if (auto refused = refusal(form, request, *id, rung, playable)) co_return *std::move(refused);
    const bool as_messages = form.messages != nullptr && http::asks_for_websocket(request);
    net::HttpResponse response = as_messages ? upgraded(request) : endless(form.content_type);
    if (as_messages && response.status != http::Status::switching_protocols) co_return response;
    const auto protocol = as_messages ? stream::ViewerProtocol::ws : form.counted_as;
    counts_.viewers[protocol].add();
    response.body = net::HttpTakeover(
        [hub = around_.hubs[context.shard.index()].get(), stream = std::move(stream), rung = std::move(rung),
         format = as_messages ? form.messages : form.format, protocol, as_messages,
         asked = context.now.instant](net::Conduit conduit, net::HttpPlace place, base::Bytes head) {
            hub->add(stream, rung, *format, stream->viewers()[protocol], std::move(conduit), std::move(place),
                     std::move(head), asked, as_messages ? std::make_unique<WebSocketViewer>() : nullptr);
        });
    co_return response;
}

std::vector<net::Route> HttpLogs::routes() {
    std::vector<net::Route> routes;
    for (const LogForm& form : around_.forms)
        for (const char* address : {"/{app}/{name}.live", "/{app}/{name}", "/{app}/{name}/{rung}"}) {
            const std::string& pattern = patterns_.emplace_back(address + std::string(form.suffix));
            routes.push_back({http::Method::get, pattern, net::Audience::media,
                              net::AwaitableHandler([this, &form](const auto& request, auto& context) {
                                  return answer(form, request, context);
                              })});
        }
    return routes;
}

}  // namespace weir::endpoint

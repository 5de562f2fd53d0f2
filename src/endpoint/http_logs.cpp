#include "endpoint/http_logs.hpp"

#include "endpoint/media_answers.hpp"
#include "endpoint/websocket_viewer.hpp"
#include "proto/http/websocket.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::endpoint {

namespace http = proto::http;

namespace {

constexpr std::string_view source = "source";

// Why there is no log of the rendition; nothing where there is one.
std::optional<std::string> why_not(const stream::StreamSnapshot* snapshot, std::string_view rendition) {
    if (rendition == source) return std::nullopt;
    if (snapshot != nullptr)
        for (const stream::RungSnapshot& rung : snapshot->rungs) {
            if (rung.plan.name != rendition) continue;
            const stream::RungState state = rung.stats.state;
            if (state != stream::RungState::left_out && state != stream::RungState::failed) return std::nullopt;
            return "the stream does not have this rendition: " + rung.stats.reason;
        }
    return std::string(no_such_rendition);
}

// The endless answer's head.
net::HttpResponse endless(std::string_view content_type) {
    net::HttpResponse response{.content_type = content_type};
    response.fields.add("Cache-Control", "no-store");
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

}  // namespace

std::optional<net::HttpResponse> HttpLogs::refusal(const LogForm& form, const Request& request,
                                                   const base::StreamId& id, std::string_view rung) const {
    const auto snapshot = around_.registry.snapshot(id);
    if (const auto why = why_not(snapshot.get(), rung)) return no_rendition(request, *why);
    if (form.wants != nullptr && snapshot != nullptr && snapshot->tracks != nullptr &&
        std::ranges::none_of(snapshot->tracks->tracks, form.wants))
        return no_rendition(request, form.otherwise);
    if (around_.registry.memory().is_full())
        return not_now(request, "memory_full",
                       "the memory that `limits.memory` allows is in use; try again in a moment");
    return std::nullopt;
}

net::HttpResponse HttpLogs::answer(const LogForm& form, const Request& request, net::RequestContext& context) {
    const auto id = stream_of(context);
    auto stream = id ? around_.registry.find(*id) : nullptr;
    if (stream == nullptr || stream->is_over()) return no_stream(request);
    std::string rung(context.captures["rung"]);
    if (rung.empty()) rung = source;
    if (auto refused = refusal(form, request, *id, rung)) return *std::move(refused);
    const bool as_messages = form.messages != nullptr && http::asks_for_websocket(request);
    net::HttpResponse response = as_messages ? upgraded(request) : endless(form.content_type);
    if (as_messages && response.status != http::Status::switching_protocols) return response;
    const auto protocol = as_messages ? stream::ViewerProtocol::ws : form.counted_as;
    counts_.viewers[protocol].add();
    response.body = net::HttpTakeover(
        [hub = around_.hubs[context.shard.index()].get(), stream = std::move(stream), rung = std::move(rung),
         format = as_messages ? form.messages : form.format, protocol, as_messages,
         asked = context.now.instant](int socket, net::HttpPlace place, base::Bytes head) {
            hub->add(stream, rung, *format, stream->viewers()[protocol], socket, std::move(place), std::move(head),
                     asked, as_messages ? std::make_unique<WebSocketViewer>() : nullptr);
        });
    return response;
}

std::vector<net::Route> HttpLogs::routes() {
    std::vector<net::Route> routes;
    for (const LogForm& form : around_.forms)
        for (const char* address : {"/{app}/{name}.live", "/{app}/{name}", "/{app}/{name}/{rung}"}) {
            const std::string& pattern = patterns_.emplace_back(address + std::string(form.suffix));
            routes.push_back({http::Method::get, pattern, net::Audience::media,
                              net::PlainHandler([this, &form](const auto& request, auto& context) {
                                  return answer(form, request, context);
                              })});
        }
    return routes;
}

}  // namespace weir::endpoint

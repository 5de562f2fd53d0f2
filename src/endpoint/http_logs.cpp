#include "endpoint/http_logs.hpp"

#include "endpoint/media_answers.hpp"

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

}  // namespace

net::HttpResponse HttpLogs::follow(const LogForm& form, const http::Request& request, net::RequestContext& context) {
    const auto id = stream_of(context);
    auto stream = id ? around_.registry.find(*id) : nullptr;
    if (stream == nullptr || stream->is_over()) return no_stream(request);
    std::string rung(context.captures["rung"]);
    if (rung.empty()) rung = source;
    if (const auto refusal = why_not(around_.registry.snapshot(*id).get(), rung))
        return no_rendition(request, *refusal);
    if (around_.registry.memory().is_full())
        return not_now(request, "memory_full",
                       "the memory that `limits.memory` allows is in use; try again in a moment");
    counts_.viewers[form.counted_as].add();
    net::HttpResponse response{.content_type = form.content_type};
    response.fields.add("Cache-Control", "no-store");
    response.body = net::HttpTakeover(
        [hub = around_.hubs[context.shard.index()].get(), stream = std::move(stream), rung = std::move(rung), &form,
         asked = context.now.instant](net::Conduit conduit, net::HttpPlace place, base::Bytes head) {
            hub->add(stream, rung, *form.format, stream->viewers()[form.counted_as], std::move(conduit),
                     std::move(place), std::move(head), asked);
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
                                  return follow(form, request, context);
                              })});
        }
    return routes;
}

}  // namespace weir::endpoint

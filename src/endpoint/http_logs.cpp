#include "endpoint/http_logs.hpp"

#include "endpoint/media_answers.hpp"
#include "stream/playable.hpp"

#include <utility>

namespace weir::endpoint {

namespace http = proto::http;

net::HttpResponse HttpLogs::follow(const LogForm& form, const http::Request& request, net::RequestContext& context) {
    const auto id = stream_of(context);
    auto stream = id ? around_.registry.find(*id) : nullptr;
    if (stream == nullptr || stream->is_over()) return no_stream(request);
    std::string rung(context.captures["rung"]);
    if (rung.empty()) rung = stream::source_rendition;
    if (const auto refusal = stream::why_not_playable(around_.registry.snapshot(*id).get(), rung))
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

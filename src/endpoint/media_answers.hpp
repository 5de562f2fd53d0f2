// What the handlers of media addresses have in common: whose address it is, and how it is said that there is nothing.
#pragma once

#include "base/stream_id.hpp"
#include "net/http_router.hpp"
#include "stream/playable.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::endpoint {

/// The stream that `{app}` and `{name}` caught; nothing where no stream can be called so.
[[nodiscard]] inline std::optional<base::StreamId> stream_of(const net::RequestContext& context) {
    auto id = base::parse_stream_id(std::string(context.captures["app"]) + '/' + std::string(context.captures["name"]));
    return id ? std::optional(std::move(*id)) : std::nullopt;
}

/// 404. What is not there may be there soon, so a cache keeps it for a moment alone.
[[nodiscard]] inline net::HttpResponse not_found(const proto::http::Request& request, std::string_view code,
                                                 std::string_view message) {
    auto response = net::http_error(net::error_form(request), proto::http::Status::not_found, code, message);
    response.fields = {};  // it would not be kept at all
    response.fields.add("Cache-Control", "public, max-age=1");
    return response;
}

[[nodiscard]] inline net::HttpResponse no_stream(const proto::http::Request& request) {
    return not_found(request, "stream_not_found", "no stream of that name is live");
}

[[nodiscard]] inline net::HttpResponse no_rendition(const proto::http::Request& request,
                                                    std::string_view why = stream::no_such_rendition) {
    return not_found(request, "rendition_not_found", why);
}

/// 503: worth another try in a moment.
[[nodiscard]] inline net::HttpResponse not_now(const proto::http::Request& request, std::string_view code,
                                               std::string_view message) {
    auto response = net::http_error(net::error_form(request), proto::http::Status::service_unavailable, code, message);
    response.fields.add("Retry-After", "2");
    return response;
}

}  // namespace weir::endpoint

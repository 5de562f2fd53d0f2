// What the handlers of media addresses have in common: whose address it is, and how it is said that there is nothing.
#pragma once

#include "base/stream_id.hpp"
#include "endpoint/cache_life.hpp"
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

/// An error that may be over soon. A cache keeps it for a moment alone, lest all who watch ask the server for it one by one; but not
/// the page that a person gets instead, which is no answer for players.
[[nodiscard]] inline net::HttpResponse passing_error(const proto::http::Request& request, proto::http::Status status,
                                                     std::string_view code, std::string_view message) {
    const net::ErrorForm form = net::error_form(request);
    auto response = net::http_error(form, status, code, message);
    if (form == net::ErrorForm::page) return response;
    response.fields = {};  // it would not be kept at all
    response.fields.add("Cache-Control", cache_life::for_a_moment);
    return response;
}

/// 404: what is not there may be there soon.
[[nodiscard]] inline net::HttpResponse not_found(const proto::http::Request& request, std::string_view code,
                                                 std::string_view message) {
    return passing_error(request, proto::http::Status::not_found, code, message);
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
    auto response = passing_error(request, proto::http::Status::service_unavailable, code, message);
    response.fields.add("Retry-After", "2");
    return response;
}

/// 302 from an alias to the address of the stream that it stands for: addresses in a playlist are relative to it.
[[nodiscard]] inline net::HttpResponse moved_to(const proto::http::Request& request, const net::RequestContext& context,
                                                std::string_view file) {
    const auto id = stream_of(context);
    if (!id) return no_stream(request);
    net::HttpResponse response{.status = proto::http::Status::found};
    std::string location = '/' + id->text() + '/' + std::string(file);
    if (!request.target.query.empty()) location += '?' + std::string(request.target.query);
    response.fields.add("Location", location).add("Cache-Control", cache_life::for_an_hour);
    return response;
}

}  // namespace weir::endpoint

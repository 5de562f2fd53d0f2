#include "app/pages.hpp"

#include "app/assets.hpp"
#include "base/stream_id.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::app {

namespace http = proto::http;

namespace {

constexpr std::string_view policy =
    "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self' ws: wss:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors *; base-uri 'none'";

std::string_view content_type_of(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> types{{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".json", "application/json"},
    }};
    const auto known = std::ranges::find_if(types, [&](const auto& type) { return path.ends_with(type.first); });
    return known == types.end() ? "application/octet-stream" : known->second;
}

// Nothing when there is no such file.
std::optional<net::HttpResponse> serve_asset(std::string_view path, std::string_view cache) {
    const auto assets = web_assets();
    const auto asset = std::ranges::find(assets, path, &Asset::path);
    if (asset == assets.end()) return std::nullopt;
    const void* data = asset->bytes.data();
    net::HttpResponse response{.content_type = content_type_of(path), .ranges = true};
    response.body = base::Bytes::of_static({static_cast<const std::uint8_t*>(data), asset->bytes.size()});
    response.fields.add("Cache-Control", cache).add("Content-Security-Policy", policy);
    return response;
}

net::HttpResponse page(const http::Request& request, std::string_view path) {
    auto response = serve_asset(path, "no-cache");
    if (response) return std::move(*response);
    return net::http_error(net::error_form(request), http::Status::not_found, "this build has no web pages");
}

net::HttpResponse asset(const http::Request& request, net::RequestContext& context) {
    // Names of assets carry a hash of what is in them.
    auto response =
        serve_asset("assets/" + std::string(context.captures["file"]), "public, max-age=31536000, immutable");
    if (response) return std::move(*response);
    return net::http_error(net::error_form(request), http::Status::not_found, "there is no such file");
}

net::HttpResponse player(const http::Request& request, net::RequestContext& context) {
    const auto id =
        base::parse_stream_id(std::string(context.captures["app"]) + '/' + std::string(context.captures["name"]));
    if (!id) return net::http_error(net::error_form(request), http::Status::not_found, id.error().text);
    return page(request, "player.html");
}

}  // namespace

std::vector<net::Route> page_routes() {
    using enum http::Method;
    return {
        {get, "/", net::Audience::page, net::PlainHandler([](const http::Request& request, net::RequestContext&) {
             return page(request, "index.html");
         })},
        {get, "/assets/{file}", net::Audience::page, net::PlainHandler(&asset)},
        {get, "/{app}/{name}", net::Audience::page, net::PlainHandler(&player)},
    };
}

}  // namespace weir::app

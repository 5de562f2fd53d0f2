#include "app/url.hpp"

#include <algorithm>

namespace weir::app {

using base::ErrorKind;
using base::fail;

base::Result<WatchUrl> parse_watch_url(std::string_view url) {
    if (url.starts_with("rtmp")) return TRY(proto::rtmp::parse_url(url));
    return TRY(parse_http_url(url));
}

base::Result<HttpUrl> parse_http_url(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme))
        return fail(ErrorKind::malformed,
                    "an address to watch is http://HOST/APP/NAME.flv, .../index.m3u8, or rtmp://HOST/APP/NAME");
    url.remove_prefix(scheme.size());
    const std::size_t slash = std::min(url.find('/'), url.size());
    Authority authority = TRY(base::parse_authority(url.substr(0, slash), HttpUrl{}.port));
    return HttpUrl{.host = std::move(authority.host),
                   .port = authority.port,
                   .path = slash < url.size() ? std::string(url.substr(slash)) : "/"};
}

HttpUrl resolve(const HttpUrl& from, std::string_view reference) {
    if (auto absolute = parse_http_url(reference)) return std::move(*absolute);
    HttpUrl result = from;
    if (reference.starts_with('/')) {
        result.path = reference;
        return result;
    }
    const std::string_view path = std::string_view(from.path).substr(0, from.path.find('?'));
    result.path = std::string(path.substr(0, path.rfind('/') + 1)) + std::string(reference);
    return result;
}

}  // namespace weir::app

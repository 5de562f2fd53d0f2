#include "app/url.hpp"

#include <algorithm>
#include <charconv>

namespace weir::app {

using base::ErrorKind;
using base::fail;

namespace {

// HOST, HOST:PORT, [V6] or [V6]:PORT.
base::Result<Authority> parse_authority(std::string_view text, std::uint16_t usual_port) {
    Authority result{.host = {}, .port = usual_port};
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
        const std::string_view digits = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
        if (error != std::errc() || end != digits.data() + digits.size())
            return fail(ErrorKind::malformed, "the port of the address is no number from 0 to 65535");
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (text.empty()) return fail(ErrorKind::malformed, "the address names no host");
    result.host = text;
    return result;
}

}  // namespace

base::Result<RtmpUrl> parse_rtmp_url(std::string_view url) {
    constexpr std::string_view plain = "rtmp://";
    constexpr std::string_view secure = "rtmps://";
    constexpr std::uint16_t secure_port = 443;
    constexpr std::string_view form = "an address over RTMP is rtmp://HOST/APP/NAME or rtmps://HOST:PORT/APP/NAME";
    const bool tls = url.starts_with(secure);
    if (!tls && !url.starts_with(plain)) return fail(ErrorKind::malformed, form);
    url.remove_prefix(tls ? secure.size() : plain.size());
    const std::size_t slash = url.find('/');
    const std::size_t second = slash == std::string_view::npos ? slash : url.find('/', slash + 1);
    if (second == std::string_view::npos || second + 1 == url.size()) return fail(ErrorKind::malformed, form);
    Authority authority = TRY(parse_authority(url.substr(0, slash), tls ? secure_port : RtmpUrl{}.port));
    return RtmpUrl{.host = std::move(authority.host),
                   .port = authority.port,
                   .app = std::string(url.substr(slash + 1, second - slash - 1)),
                   .key = std::string(url.substr(second + 1)),
                   .tls = tls};
}

std::string print_tc_url(const RtmpUrl& url) {
    const std::string host = url.host.contains(':') ? '[' + url.host + ']' : url.host;
    return (url.tls ? "rtmps://" : "rtmp://") + host + ':' + std::to_string(url.port) + '/' + url.app;
}

base::Result<WatchUrl> parse_watch_url(std::string_view url) {
    if (url.starts_with("rtmp")) return TRY(parse_rtmp_url(url));
    return TRY(parse_http_url(url));
}

base::Result<HttpUrl> parse_http_url(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme))
        return fail(ErrorKind::malformed,
                    "an address to watch is http://HOST/APP/NAME.flv, .../index.m3u8, or rtmp://HOST/APP/NAME");
    url.remove_prefix(scheme.size());
    const std::size_t slash = std::min(url.find('/'), url.size());
    Authority authority = TRY(parse_authority(url.substr(0, slash), HttpUrl{}.port));
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

#include "proto/rtmp/url.hpp"

#include "base/authority.hpp"

namespace weir::proto::rtmp {

base::Result<Url> parse_url(std::string_view url) {
    constexpr std::string_view plain = "rtmp://";
    constexpr std::string_view secure = "rtmps://";
    constexpr std::uint16_t secure_port = 443;
    constexpr std::string_view form = "an address over RTMP is rtmp://HOST/APP/NAME or rtmps://HOST:PORT/APP/NAME";
    const bool tls = url.starts_with(secure);
    if (!tls && !url.starts_with(plain)) return base::fail(base::ErrorKind::malformed, form);
    url.remove_prefix(tls ? secure.size() : plain.size());
    const std::size_t slash = url.find('/');
    const std::size_t second = slash == std::string_view::npos ? slash : url.find('/', slash + 1);
    if (second == std::string_view::npos || second + 1 == url.size())
        return base::fail(base::ErrorKind::malformed, form);
    base::Authority authority = TRY(base::parse_authority(url.substr(0, slash), tls ? secure_port : Url{}.port));
    return Url{.host = std::move(authority.host),
               .port = authority.port,
               .app = std::string(url.substr(slash + 1, second - slash - 1)),
               .key = std::string(url.substr(second + 1)),
               .tls = tls};
}

std::string print_tc_url(const Url& url) {
    return (url.tls ? "rtmps://" : "rtmp://") + base::print(base::Authority{url.host, url.port}) + '/' + url.app;
}

}  // namespace weir::proto::rtmp

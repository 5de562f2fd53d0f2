// The addresses that the commands take: where to publish, what to watch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace weir::app {

/// Whom to connect to.
struct Authority {
    std::string host;
    std::uint16_t port = 0;
};

/// rtmp://HOST[:PORT]/APP/KEY, or rtmps://, whose port is 443 where none is said, as other clients have it
struct RtmpUrl {
    std::string host;
    std::uint16_t port = 1935;
    std::string app;
    std::string key;  ///< the stream's name, with `?token=...` where there is one
    bool tls = false;
    friend bool operator==(const RtmpUrl&, const RtmpUrl&) = default;
};
[[nodiscard]] base::Result<RtmpUrl> parse_rtmp_url(std::string_view url);
/// What a client says in connect: without the key.
[[nodiscard]] std::string print_tc_url(const RtmpUrl& url);

/// http://HOST[:PORT]/PATH
struct HttpUrl {
    std::string host;
    std::uint16_t port = 80;
    std::string path;
    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};
[[nodiscard]] base::Result<HttpUrl> parse_http_url(std::string_view url);

/// What can be watched.
using WatchUrl = std::variant<HttpUrl, RtmpUrl>;
[[nodiscard]] base::Result<WatchUrl> parse_watch_url(std::string_view url);
/// What `reference`, found in the document at `from`, points to (RFC 3986 5.2, for paths on the same server).
[[nodiscard]] HttpUrl resolve(const HttpUrl& from, std::string_view reference);

}  // namespace weir::app

// The addresses that the commands take: where to publish, what to watch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/authority.hpp"
#include "base/result.hpp"
#include "proto/rtmp/url.hpp"

namespace weir::app {

using base::Authority;
using RtmpUrl = proto::rtmp::Url;

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

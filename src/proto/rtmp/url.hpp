// Addresses over RTMP, as a client is given them: whom to connect to, and what to ask for there.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::proto::rtmp {

/// rtmp://HOST[:PORT]/APP/KEY, or rtmps://, whose port is 443 where none is said, as other clients have it
struct Url {
    std::string host;
    std::uint16_t port = 1935;
    std::string app;
    std::string key;  ///< the stream's name, with `?token=...` where there is one
    bool tls = false;
    friend bool operator==(const Url&, const Url&) = default;
};
[[nodiscard]] base::Result<Url> parse_url(std::string_view url);
/// What a client says in connect: without the key.
[[nodiscard]] std::string print_tc_url(const Url& url);

}  // namespace weir::proto::rtmp

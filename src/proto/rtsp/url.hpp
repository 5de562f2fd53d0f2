// Addresses over RTSP, as a client is given them: whom to connect to, who to be there, and what to ask for.
#pragma once

#include "base/result.hpp"
#include "proto/rtsp/authentication.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::proto::rtsp {

/// rtsp://[USER:PASSWORD@]HOST[:PORT]/PATH, or rtsps://; ports are 554 and 322 where none is said.
struct Url {
    std::string host;  ///< without brackets
    std::uint16_t port = 554;
    bool tls = false;
    Login login;          ///< percent-decoded
    std::string address;  ///< what requests name: without user and password
};
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);

}  // namespace weir::proto::rtsp

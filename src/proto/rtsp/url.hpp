// Addresses over RTSP, as a client is given them: whom to connect to, who to be there, what to ask for, and how RTP is to travel.
#pragma once

#include "base/result.hpp"
#include "proto/rtsp/authentication.hpp"
#include "proto/rtsp/transport.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::proto::rtsp {

/// rtsp://[USER:PASSWORD@]HOST[:PORT]/PATH, or rtsps://; ports are 554 and 322 where none is said. `transport=udp` (or `tcp`) among the
/// parameters behind `?` is for us, and no part of what is asked for.
struct Url {
    std::string host;  ///< without brackets
    std::uint16_t port = 554;
    bool tls = false;
    Login login;                                     ///< percent-decoded
    std::string address;                             ///< what requests name: without user and password
    Transport::Lower lower = Transport::Lower::tcp;  ///< what is tried first
};
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);

}  // namespace weir::proto::rtsp

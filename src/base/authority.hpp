// Whom an address names: the part of a URL between "//" and the path (RFC 3986 3.2), without a user. Every protocol that connects to an
// address reads it here.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::base {

struct Authority {
    std::string host;  ///< a name or an IP address, without brackets
    std::uint16_t port = 0;
    friend bool operator==(const Authority&, const Authority&) = default;
};

/// HOST, HOST:PORT, [V6] or [V6]:PORT.
[[nodiscard]] Result<Authority> parse_authority(std::string_view text, std::uint16_t usual_port);

/// With the brackets of an IPv6 address, and the port.
[[nodiscard]] std::string print(const Authority& authority);

}  // namespace weir::base

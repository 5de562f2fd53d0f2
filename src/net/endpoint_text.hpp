// Addresses as people read them: an IPv4 peer of an IPv6 listener in its own form, an IPv6 address in brackets before its port.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>

namespace weir::net {

/// IPv4 where the address is one that is mapped into IPv6.
[[nodiscard]] boost::asio::ip::address plain_address(const boost::asio::ip::address& value);

/// "192.0.2.7:50112", "[2001:db8::7]:50112".
[[nodiscard]] std::string print_endpoint(const boost::asio::ip::address& address, std::uint16_t port);

/// Of TCP or UDP.
[[nodiscard]] std::string print_endpoint(const auto& endpoint) {
    return print_endpoint(endpoint.address(), endpoint.port());
}

}  // namespace weir::net

// Connects to a host by name, to those of its addresses that the policy admits: asked of each address, after the name was resolved and
// right before it is connected to, so that no answer of DNS leads elsewhere.
#pragma once

#include "base/address_policy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <expected>
#include <string>

namespace weir::net {

[[nodiscard]] base::IpAddress to_ip_address(const boost::asio::ip::address& address) noexcept;

/// In words: "10.0.0.5 is no public address, and not among pull.addresses", "no connection: Connection refused".
struct ConnectFailure {
    base::ErrorKind kind;
    std::string text;
};
/// Into `socket`, which its owner may close meanwhile. `policy` outlives the call.
[[nodiscard]] boost::asio::awaitable<std::expected<void, ConnectFailure>> connect_admitted(
    boost::asio::ip::tcp::socket& socket, std::string host, std::uint16_t port, const base::AddressPolicy& policy);

}  // namespace weir::net

#include "net/endpoint_text.hpp"

#include <boost/asio/ip/address_v4.hpp>

namespace weir::net {

namespace ip = boost::asio::ip;

ip::address plain_address(const ip::address& value) {
    if (value.is_v6() && value.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, value.to_v6());
    return value;
}

std::string print_endpoint(const ip::address& address, std::uint16_t port) {
    const ip::address plain = plain_address(address);
    const std::string host = plain.to_string();
    return (plain.is_v4() ? host : '[' + host + ']') + ':' + std::to_string(port);
}

}  // namespace weir::net

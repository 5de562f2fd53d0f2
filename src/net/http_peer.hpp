// Who is at the other end: the address of the connection, or, where that is a trusted proxy's, the one that it names in
// X-Forwarded-For. An IPv4 address is an IPv4 address, however the socket says it.
#pragma once

#include "base/result.hpp"
#include "proto/http/request.hpp"

#include <boost/asio/ip/address.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

class TrustedProxies {
  public:
    TrustedProxies() = default;
    /// Addresses (`127.0.0.1`, `::1`) and networks (`10.0.0.0/8`).
    [[nodiscard]] static base::Result<TrustedProxies> create(std::span<const std::string> networks);

    [[nodiscard]] bool trusts(const boost::asio::ip::address& value) const;
    /// The nearest address that is no trusted proxy's. `forwarded_for` is read from its end, since its beginning is whatever a client
    /// wrote there.
    [[nodiscard]] boost::asio::ip::address client(const boost::asio::ip::address& peer,
                                                  std::string_view forwarded_for) const;
    [[nodiscard]] boost::asio::ip::address client(const boost::asio::ip::address& peer,
                                                  const proto::http::Request& request) const;

  private:
    struct Network {
        boost::asio::ip::address address;
        unsigned prefix;
    };
    std::vector<Network> networks_;
};

}  // namespace weir::net

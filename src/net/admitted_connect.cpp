#include "net/admitted_connect.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::ErrorKind;

base::IpAddress to_ip_address(const asio::ip::address& address) noexcept {
    const auto six =
        address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
    base::IpAddress result;
    std::ranges::copy(six.to_bytes(), result.bytes.begin());
    return result;
}

asio::awaitable<std::expected<void, ConnectFailure>> connect_admitted(tcp::socket& socket, std::string host,
                                                                      std::uint16_t port,
                                                                      const base::AddressPolicy& policy) {
    boost::system::error_code error;
    tcp::resolver resolver(socket.get_executor());
    const auto addresses =
        co_await resolver.async_resolve(host, std::to_string(port), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(ConnectFailure{ErrorKind::not_found, "no such host: " + error.message()});
    ConnectFailure failure{ErrorKind::not_found, "the host has no address"};
    for (const auto& entry : addresses) {
        const tcp::endpoint there = entry.endpoint();
        if (!policy.admits(to_ip_address(there.address()))) {
            failure = {ErrorKind::refused,
                       there.address().to_string() + " is no public address, and not among pull.addresses"};
            continue;
        }
        boost::system::error_code ignored;
        socket.close(ignored);
        co_await socket.async_connect(there, asio::redirect_error(asio::use_awaitable, error));
        if (!error) co_return std::expected<void, ConnectFailure>();
        if (error == asio::error::operation_aborted) break;
        failure = {ErrorKind::io, "no connection: " + error.message()};
    }
    co_return std::unexpected(std::move(failure));
}

}  // namespace weir::net

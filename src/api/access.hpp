// Who may publish (`auth.publish`, `auth.keys`). Pure: a configuration and what is known of the peer in, a decision out; every
// protocol's endpoint asks here. The refusal is told to the publisher and to the log alike, and names the key to set.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace weir::api {

/// `token` is what the publisher gave as `?token=`; empty when it gave none.
[[nodiscard]] base::Result<void> may_publish(const config::Auth& auth, const boost::asio::ip::address& peer,
                                             std::string_view token);

/// Whether the peer is this machine: 127.0.0.0/8, ::1, and the former in its IPv6 form.
[[nodiscard]] bool is_loopback(const boost::asio::ip::address& peer) noexcept;

}  // namespace weir::api

// Who may publish (`auth.publish`, `auth.keys`), and who may change streams over the API, which follows it. Pure: a configuration and
// what is known of the peer in, a decision out; every protocol's endpoint asks here. The refusal is told to the publisher and to the log
// alike, and names the key to set.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "net/http_router.hpp"
#include "net/shard_value.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace weir::api {

/// `token` is what the publisher gave as `?token=`; empty when it gave none.
[[nodiscard]] base::Result<void> may_publish(const config::Auth& auth, const boost::asio::ip::address& peer,
                                             std::string_view token);

/// Whether a request may change streams: who may publish may, by `?token=` or `Authorization: Bearer`. What a page of another site has
/// a browser send is refused, and so is what a proxy on this machine passes on from elsewhere while only this machine may.
[[nodiscard]] base::Result<void> may_control(const config::Auth& auth, const boost::asio::ip::address& peer,
                                             const proto::http::Request& request);

/// `handler` for those who may control; others get 403 with the reason. `config` outlives the routes.
[[nodiscard]] net::AwaitableHandler guarded(const net::ShardValue<config::Config>& config,
                                            net::AwaitableHandler handler);

/// Whether the peer is this machine: 127.0.0.0/8, ::1, and the former in its IPv6 form.
[[nodiscard]] bool is_loopback(const boost::asio::ip::address& peer) noexcept;

}  // namespace weir::api

// Calls another server over SRT: resolves its name, connects to the first address that is allowed, and says in words and in kind why that
// did not work. For who fetches from there, and for who sends there.
#pragma once

#include "base/result.hpp"
#include "net/srt_socket.hpp"
#include "proto/srt/address.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <expected>
#include <functional>
#include <string>

namespace weir::endpoint {

/// `refused` and `not_found`: the other side says no; `timed_out` and `io`: another try may help.
struct SrtCallFailure {
    base::ErrorKind kind;
    std::string text;
};

/// Empty, or why an address may not be called.
using SrtCallPolicy = std::function<std::string(const boost::asio::ip::address&)>;

/// On the thread of `context`. Takes no longer than `timeout` from the name to the answer, and goes on that long after nobody waits any more.
[[nodiscard]] boost::asio::awaitable<std::expected<net::SrtSocket, SrtCallFailure>> call_over_srt(
    boost::asio::io_context& context, proto::srt::Address address, SrtCallPolicy policy, base::Duration timeout);

}  // namespace weir::endpoint

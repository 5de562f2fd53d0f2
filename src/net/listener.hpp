// Accepts TCP connections and deals them out to the shards, round robin. Running out of file descriptors makes it
// wait a moment; it never stops the server.
#pragma once

#include "base/result.hpp"
#include "net/shards.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace weir::net {

/// ":8080" (all addresses, IPv6 and IPv4), "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] base::Result<boost::asio::ip::tcp::endpoint> parse_endpoint(std::string_view text);

class Listener {
public:
    /// Called on the connection's own shard.
    using Accept = std::function<void(Shard&, boost::asio::ip::tcp::socket)>;

    /// Binds and listens; accepts once `start` is called. Fails with `io` when the address is taken or not ours.
    [[nodiscard]] static base::Result<std::unique_ptr<Listener>> create(Shards& shards, std::string_view address,
                                                                        Accept accept);
    ~Listener();

    void start();
    /// Takes no more connections; those that are open stay. Any thread.
    void stop();
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    struct Loop;
    Listener(std::shared_ptr<Loop> loop, std::uint16_t port) : loop_(std::move(loop)), port_(port) {}

    std::shared_ptr<Loop> loop_;
    std::uint16_t port_;
};

} // namespace weir::net

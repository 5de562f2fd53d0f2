// Accepts TCP connections and deals them out to the shards, round robin. Running out of file descriptors makes it
// wait a moment; it never stops the server.
#pragma once

#include "base/result.hpp"
#include "config/values.hpp"
#include "net/shards.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace weir::net {

class Listener {
  public:
    /// Called on the connection's own shard.
    using Accept = std::function<void(Shard&, boost::asio::ip::tcp::socket)>;

    /// Binds and listens (no host: all addresses, IPv6 and IPv4); accepts once `start` is called. Fails with `io` when the
    /// address is taken or not ours. The shards must outlive the listener.
    [[nodiscard]] static base::Result<std::unique_ptr<Listener>> create(Shards& shards,
                                                                        const config::ListenAddress& address,
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

}  // namespace weir::net

// HTTP/1.1 and HTTP/2 on sockets, with TLS or without: deals with the connections of a listener by a table of routes, within limits. Each connection is one
// coroutine on its shard. Make it after the shards; destroy it once they have stopped, and before they are destroyed.
#pragma once

#include "net/http_shard.hpp"
#include "net/transport.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace weir::net {

class HttpServer {
  public:
    /// `memory` outlives it.
    HttpServer(Shards& shards, std::vector<Route> routes, const HttpLimits& limits = {}, TrustedProxies proxies = {},
               const base::MemoryLimit* memory = nullptr);
    ~HttpServer();

    /// Serves a connection that was just accepted. On its shard.
    void serve(Shard& shard, boost::asio::ip::tcp::socket socket);
    /// A place among the connections, for a viewer of another protocol; nothing where there is none. On the shard.
    [[nodiscard]] std::optional<HttpPlace> take_place(Shard& shard);
    /// The same over TLS, with the certificate that is in force now. Turned away while memory is full.
    void serve(Shard& shard, boost::asio::ip::tcp::socket socket, TlsContextRef context);
    /// Another limit of connections, from now on; those that are open stay. Any thread.
    void set_connections(std::size_t connections);
    /// Closes every connection. Any thread; takes effect soon.
    void close();

    [[nodiscard]] const HttpCounts& counts() const noexcept { return service_->counts; }
    [[nodiscard]] const TlsCounts& tls_counts() const noexcept { return service_->tls; }
    [[nodiscard]] std::span<const Route> routes() const noexcept { return service_->router.routes(); }

  private:
    void serve(Shard& shard, Transport transport);

    std::shared_ptr<HttpService> service_;
    std::vector<std::shared_ptr<HttpShard>> shards_;
};

}  // namespace weir::net

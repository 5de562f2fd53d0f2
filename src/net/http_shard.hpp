// What the HTTP connections of one shard share: the routes, the limits, buffers that are only used between two waits, and one clock that
// looks after every deadline once a second instead of a timer per connection. Lives on its shard.
#pragma once

#include "base/memory.hpp"
#include "net/http_limits.hpp"
#include "net/http_peer.hpp"
#include "net/http_router.hpp"
#include "net/shards.hpp"
#include "net/tls_link.hpp"
#include "proto/http/date.hpp"

#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace weir::net {

class HttpSession;

/// What all shards of a server share. Only the counters change.
struct HttpService {
    HttpRouter router;
    HttpLimits limits;  ///< of one shard
    TrustedProxies proxies;
    const base::MemoryLimit* memory = nullptr;  ///< without one there is always room
    HttpCounts counts{};
    TlsCounts tls{};
};

class HttpShard : public std::enable_shared_from_this<HttpShard> {
  public:
    /// What is read at once.
    static constexpr std::size_t input_size = 8 * 1024;
    /// Connections by what may be taken from them at a limit; oldest first.
    using Queue = std::list<HttpSession*>;

    HttpShard(Shard& shard, std::shared_ptr<HttpService> service);

    [[nodiscard]] bool is_full() const noexcept;
    /// Makes room for one more connection where the limits ask for it. False: there is none.
    [[nodiscard]] bool make_room();
    /// Starts looking after deadlines; goes on for as long as there are connections.
    void watch();
    /// Closes every connection.
    void close_all();

    /// The date in words; made once a second.
    [[nodiscard]] std::string_view date(base::WallTime now);

    Shard& shard;
    const std::shared_ptr<HttpService> service;
    Queue half_open;  ///< have not asked for anything yet
    Queue idle;       ///< between two requests
    Queue busy;       ///< with a request
    Queue leaving;    ///< have had their last answer
    std::size_t most_connections;
    std::size_t endless = 0;  ///< connections that were taken over, and are still open
    std::size_t streams = 0;  ///< requests over HTTP/2, but for the first of each connection
    std::size_t bodies = 0;   ///< bytes of request bodies held
    std::size_t answers = 0;  ///< bytes of answers that nobody else has
    Scratch scratch{input_size};
    std::vector<std::uint8_t> frames;  ///< of HTTP/2
    std::string head;

  private:
    void sweep();

    boost::asio::steady_timer timer_;
    bool is_watching_ = false;
    std::int64_t date_second_ = -1;
    proto::http::DateText date_;
};

}  // namespace weir::net

// Where the library of SRT and the shards meet: one thread waits for all sockets at once and tells each owner, on its shard, that something
// has become possible: something came, there is room again, a call is answered, the connection is broken. The owner then tries what it
// wants; it is told of changes alone, so it tries until it is `blocked`. The library is begun and ended with it.
#pragma once

#include "base/result.hpp"
#include "net/shards.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

namespace weir::net {

class SrtPoller {
  public:
    /// Called on the shard that watches; it may forget its socket, and be destroyed, from within.
    using Ready = std::function<void()>;

    /// The shards outlive it, and it outlives every socket. Fails with `io`.
    [[nodiscard]] static base::Result<std::unique_ptr<SrtPoller>> create(Shards& shards);
    /// Once the shards have stopped, or nobody watches any more.
    ~SrtPoller();
    SrtPoller(const SrtPoller&) = delete;
    SrtPoller& operator=(const SrtPoller&) = delete;

    /// On `shard`, once for a socket.
    void watch(Shard& shard, int socket, Ready ready);
    /// On `shard`, before the socket is closed. Nothing is told afterwards.
    void forget(Shard& shard, int socket);
    /// The same for a socket that listens: `ready` is called on the poller's own thread, at once and from then on, and must not wait. Any
    /// thread.
    void watch_door(int socket, Ready ready);
    /// When this returns nothing is told any more. Any thread but the poller's.
    void forget_door(int socket);

  private:
    using Watchers = std::unordered_map<int, Ready>;  ///< of one shard

    SrtPoller(Shards& shards, int epoll);
    void run();
    void add(int socket);
    void sort(int socket);
    void tell();

    Shards& shards_;
    const int epoll_;
    std::vector<std::shared_ptr<Watchers>> watchers_;  ///< each is touched by its own shard alone
    boost::asio::io_context tasks_{1};                 ///< what the poller's thread does between two waits

    // Of the poller's thread alone.
    bool is_over_ = false;
    std::unordered_map<int, Shard*> homes_;
    std::unordered_map<int, Ready> doors_;
    std::vector<std::vector<int>> ready_;  ///< by shard

    std::jthread thread_;
};

}  // namespace weir::net

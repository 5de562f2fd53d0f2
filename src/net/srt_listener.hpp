// Takes SRT connections in. Whether a caller is let in is decided before there is a connection, in the handshake, where it can still be told
// why not; then the connection goes to a shard, round robin.
#pragma once

#include "base/result.hpp"
#include "config/values.hpp"
#include "net/shards.hpp"
#include "net/srt_poller.hpp"
#include "net/srt_socket.hpp"

#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::net {

class SrtListener {
  public:
    /// Who calls, and what it asks for: a stranger's text.
    struct Caller {
        boost::asio::ip::udp::endpoint peer;
        std::string_view stream_id;
    };
    struct Verdict {
        int rejection = 0;       ///< the code to reject it with, 1000 or more; 0: it is let in
        std::string passphrase;  ///< of who is let in: it must have the same; empty: no encryption
        std::chrono::milliseconds latency{120};
    };
    /// Called on a thread of the library, one caller at a time; must not wait, and not call the library.
    using Admit = std::function<Verdict(const Caller&)>;
    /// Called on the connection's own shard.
    using Accept = std::function<void(Shard&, SrtSocket)>;

    /// Listens from here on; takes connections in once `start` is called. `poller` and `shards` outlive it.
    [[nodiscard]] static base::Result<std::unique_ptr<SrtListener>> create(Shards& shards, SrtPoller& poller,
                                                                           const config::ListenAddress& address,
                                                                           Admit admit, Accept accept,
                                                                           const SrtLimits& limits = {});
    ~SrtListener();
    SrtListener(const SrtListener&) = delete;
    SrtListener& operator=(const SrtListener&) = delete;

    void start();
    /// Takes no more connections in; those that are open stay. When this returns neither function is called any more.
    void stop();
    [[nodiscard]] std::uint16_t port() const noexcept;

  private:
    struct Door;
    explicit SrtListener(std::shared_ptr<Door> door);

    std::shared_ptr<Door> door_;
};

}  // namespace weir::net

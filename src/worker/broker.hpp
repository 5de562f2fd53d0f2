// The way to the network of a worker that reads sources: another process, which resolves names and connects sockets for it, and asks
// the address policy right before. The worker itself can do neither once it is locked in, so that nothing in a playlist, a
// redirect or a broken demuxer leads anywhere else. The process is a fork of this one from before the lock: it sees no media, and
// goes when the worker goes. The worker's libraries need not know: network.cpp stands in for the functions that they call.
#pragma once

#include "base/address_policy.hpp"
#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <netdb.h>
#include <sys/socket.h>

namespace weir::worker {

/// What is asked for.
struct BrokerRequest {
    enum class Verb : std::uint8_t { resolve, connect, bind };
    Verb verb = Verb::resolve;
    // Of `resolve`; empty texts are null.
    std::array<char, 256> host{};
    std::array<char, 32> service{};
    int family = 0;
    int type = 0;
    int protocol = 0;
    int flags = 0;
    // Of the others; the socket travels beside.
    sockaddr_storage address{};
    socklen_t size = 0;
};

struct BrokerReply {
    static constexpr std::size_t most = 8;
    struct Address {
        sockaddr_storage address{};
        socklen_t size = 0;
        int type = 0;
        int protocol = 0;
    };
    int error = 0;            ///< an `errno`; of `resolve` what getaddrinfo says
    bool is_refused = false;  ///< by the policy
    std::uint32_t count = 0;
    std::array<Address, most> addresses{};
};

struct BrokerRules {
    base::AddressPolicy addresses;
    bool may_bind = false;  ///< for sources that are sent to us: UDP
};

/// The worker's end.
class Broker {
  public:
    /// Forks. While there is one thread, and before `enter_sandbox`.
    [[nodiscard]] static base::Result<Broker> start(const BrokerRules& rules);
    Broker(Broker&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    Broker& operator=(Broker&&) = delete;
    ~Broker();

    [[nodiscard]] int descriptor() const noexcept { return socket_; }
    /// Waits for the answer; any thread, one at a time. `socket` is sent along; -1: none.
    [[nodiscard]] BrokerReply ask(const BrokerRequest& request, int socket = -1) const;

  private:
    explicit Broker(int socket) noexcept : socket_(socket) {}
    int socket_;
};

/// From here on what libraries of this process resolve, connect and bind goes through `broker`, which outlives them; and of all files
/// they can open, in reading, the system's certificate authorities alone.
void route_network_through(const Broker& broker);
/// The file that is meant.
inline constexpr const char* authorities_file = "/etc/ssl/certs/ca-certificates.crt";

/// What the network was used for, for people.
struct NetworkTrace {
    std::string peer;     ///< "192.0.2.7:443": what was connected to first
    std::string refused;  ///< "10.0.0.5:80": what was refused last; empty: nothing was
};
[[nodiscard]] NetworkTrace network_trace();

}  // namespace weir::worker

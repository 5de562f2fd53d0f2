// One SRT connection (libsrt, in live mode): messages of at most 1456 bytes, in order, each at the time that the latency says, and those
// that did not come in time left out. Never waits. The library works in threads of its own; what becomes possible is told by the poller
// (srt_poller.hpp), whom every owner asks to watch its socket. Lives on its shard.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/srt_limits.hpp"
#include "net/tls_link.hpp"

#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::net {

/// What the library has counted, mostly since the connection began, and what it measures now.
struct SrtFigures {
    base::Duration round_trip{};
    base::Duration latency{};  ///< of what is received, as negotiated
    std::uint64_t sent = 0;    ///< packets, repeated ones included
    std::uint64_t sent_lost = 0;
    std::uint64_t retransmitted = 0;
    std::uint64_t received = 0;  ///< packets, repeated ones included
    std::uint64_t received_lost = 0;
    std::uint64_t received_dropped = 0;  ///< did not come in time
    std::uint64_t came_again = 0;        ///< of what is received: since the last measurement
    std::uint64_t sent_bytes = 0;
};

/// Whom a caller calls, and with what.
struct SrtCall {
    boost::asio::ip::udp::endpoint to;
    std::string stream_id;
    std::string passphrase;  ///< empty: no encryption
    std::chrono::milliseconds latency{120};
    std::chrono::milliseconds timeout = std::chrono::seconds(5);
};

class SrtSocket {
  public:
    /// Seven packets of a transport stream: what is sent at once.
    static constexpr std::size_t message_size = 1316;
    /// The longest that others send.
    static constexpr std::size_t longest_message = 1456;

    SrtSocket() noexcept = default;
    /// Takes over a socket of the library.
    explicit SrtSocket(int id) noexcept : id_(id) {}
    ~SrtSocket() { close(); }
    SrtSocket(SrtSocket&& other) noexcept;
    SrtSocket& operator=(SrtSocket&& other) noexcept;

    /// Begins to connect. `io`: the machine has no sockets left; `malformed`: an option is none.
    [[nodiscard]] static base::Result<SrtSocket> call(const SrtCall& call, const SrtLimits& limits = {});

    enum class State : std::uint8_t { connecting, connected, broken };
    [[nodiscard]] State state() const noexcept;
    /// Of a call that is broken before it was connected: why, in words of the library or of the code that the other side gave.
    [[nodiscard]] std::string refusal() const;
    /// The code itself: below 1000 the library's own, 1000 and more that of the other side.
    [[nodiscard]] int rejection() const noexcept;
    [[nodiscard]] bool is_passphrase_refused() const noexcept;
    [[nodiscard]] bool is_unanswered() const noexcept;

    struct Received {
        std::size_t size = 0;
        Flow flow = Flow::going;
    };
    /// One message. After the connection has broken what has come goes on to be given, each at its time, between answers of `broken`.
    [[nodiscard]] Received receive(std::span<std::uint8_t> into);
    /// All of it or, when `blocked`, nothing.
    [[nodiscard]] Flow send(base::ByteView message);

    struct Unsent {
        std::size_t bytes = 0;
        base::Duration span{};  ///< between the oldest and the newest
    };
    /// What the other side has not acknowledged.
    [[nodiscard]] Unsent unsent() const noexcept;
    /// Nothing once the library has forgotten the connection.
    [[nodiscard]] std::optional<SrtFigures> measure() noexcept;
    [[nodiscard]] boost::asio::ip::udp::endpoint peer() const noexcept;
    [[nodiscard]] std::string stream_id() const;
    /// Of the other side's library, as in "1.5.1".
    [[nodiscard]] std::string peer_version() const;
    /// How long the other side keeps what it receives.
    [[nodiscard]] base::Duration peer_latency() const noexcept;

    [[nodiscard]] int id() const noexcept { return id_; }
    [[nodiscard]] bool is_open() const noexcept { return id_ >= 0; }
    /// At once: what is unsent is lost. Says goodbye.
    void close() noexcept;

  private:
    int id_ = -1;
};

}  // namespace weir::net

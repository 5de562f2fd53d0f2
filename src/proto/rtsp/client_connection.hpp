// The client side of one RTSP connection (RFC 2326): asks a server or camera for its tracks, or announces ours. Bytes and time in, events
// and bytes out. It asks and waits, like the server: after each event that ends in `Requested` nothing more is said until the driver has
// answered. One mutation, then drain `next_event` and `take_output`. `ClientClosed` is always the last event. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "proto/rtsp/authentication.hpp"
#include "proto/rtsp/limits.hpp"
#include "proto/rtsp/server_event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::proto::rtsp {

enum class Purpose : std::uint8_t { play, publish };

/// The description that DESCRIBE brought; or, of a publisher, that ours was taken. Which tracks are to be set up?
struct TracksRequested {
    std::string description;  ///< empty for publishers
};
/// A track is about to be set up over UDP: a pair of ports is asked for.
struct PortsRequested {
    std::size_t track = 0;
};
/// Media comes or is wanted from here on.
struct Started {
    /// By track: the RTP timestamp at which it begins, where the server says it.
    std::vector<std::optional<std::uint32_t>> timestamps;
};
/// Nothing follows. `text` is for the log, and holds what the server said.
struct ClientClosed {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;
};
using ClientEvent = std::variant<TracksRequested, PortsRequested, Started, Media, ClientClosed>;

class ClientConnection {
  public:
    struct Options {
        Limits limits{};
        Purpose purpose = Purpose::play;
        std::string address;                             ///< without user and password
        Login login;                                     ///< of the address; said when the server asks for it
        std::string description;                         ///< SDP of a publisher
        Transport::Lower lower = Transport::Lower::tcp;  ///< what is tried first; the other where the server says 461
        std::string filler;                              ///< random, for Digest
    };

    ClientConnection(Options options, base::Instant now);
    ClientConnection(ClientConnection&&) noexcept;
    ~ClientConnection();

    void receive(base::ByteView bytes, base::Instant now);
    /// Deadlines, and the requests that keep the session alive.
    void tick(base::Instant now);
    [[nodiscard]] std::optional<ClientEvent> next_event();
    [[nodiscard]] base::Bytes take_output();
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;

    /// Answers `TracksRequested`: their controls, as the description has them. At least one; nothing to have is `close`.
    void set_up(std::vector<TrackOffer> tracks, base::Instant now);
    /// Answers `PortsRequested`.
    void use_ports(const Pair& ports, base::Instant now);
    /// Something came over UDP.
    void heard(base::Instant now) noexcept;
    /// Says goodbye; `ClientClosed` follows.
    void finish();
    /// The driver has no use for it.
    void close(base::ErrorKind kind, std::string_view text);

    [[nodiscard]] bool is_started() const noexcept;
    /// As they were set up: what the server said, and the ports and channels in use.
    [[nodiscard]] std::span<const TrackSetup> tracks() const noexcept;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::proto::rtsp

// The server side of one RTSP connection: bytes and time in, events and bytes out (RFC 2326). It asks and waits: after each event that ends
// in `Requested` nothing more is understood until the driver has answered. What a player is sent does not come from here: its driver
// sends interleaved packets or datagrams, and between them what `take_output` has. One mutation (`receive`, `tick`, an answer), then drain
// `next_event` and `take_output`. `Closed` is always the last event: the driver sends what is left and closes the socket. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "proto/rtsp/limits.hpp"
#include "proto/rtsp/server_event.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::rtsp {

class ServerConnection {
  public:
    struct Options {
        Limits limits{};
        std::string session;  ///< the name of its session: random, hard to guess, a token
        std::string nonce;    ///< of its challenges: the same
    };

    ServerConnection(Options options, base::Instant now);
    ServerConnection(ServerConnection&&) noexcept;
    ~ServerConnection();

    /// Takes all of `bytes`; ignored after `Closed`.
    void receive(base::ByteView bytes, base::Instant now);
    /// Enforces the deadlines; cheap to call early.
    void tick(base::Instant now);
    [[nodiscard]] std::optional<Event> next_event();
    /// What to send; empty when there is nothing.
    [[nodiscard]] base::Bytes take_output();
    /// When `tick` wants to be called; nullopt: never. What comes moves it later, so look again when it has come.
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;

    /// Answers `PublishRequested`: what of the description can be set up.
    void accept_publish(std::vector<TrackOffer> tracks, base::Instant now);
    /// Answers `PlayRequested`. `description` is an SDP.
    void accept_play(std::string description, std::vector<TrackOffer> tracks, base::Instant now);
    /// Answers `DatagramsRequested`.
    void accept_datagrams(const Pair& server_ports, base::Instant now);
    /// Answers `StartRequested`. For publishers `silence` replaces the limit of that name (the stream's `timeout`).
    void accept_start(base::Duration silence, base::Instant now);
    /// Answers any of them; the connection goes on.
    void refuse(Refusal refusal, std::string_view text, base::Instant now);
    /// Answers `PublishRequested` or `PlayRequested`: the visitor has to say who it is. Ends the connection when it was wrong too often.
    void ask_password(std::string_view text, base::Instant now);

    /// Something came of the peer over UDP.
    void heard(base::Instant now) noexcept;
    /// The driver had stopped reading and goes on: the silence was not the publisher's.
    void resume(base::Instant now) noexcept { heard(now); }
    /// Ends the connection from this side (evicted, stopped, draining): `Closed` follows.
    void close(base::ErrorKind kind, std::string_view text);

    [[nodiscard]] bool is_publishing() const noexcept;
    [[nodiscard]] bool is_playing() const noexcept;
    /// What it last asked for was to publish, whatever came of that.
    [[nodiscard]] bool is_publisher() const noexcept;
    [[nodiscard]] std::span<const TrackSetup> set_up() const noexcept;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::proto::rtsp

// The server side of one RTMP connection: bytes and time in, events and bytes out (Adobe RTMP 1.0, Enhanced RTMP 2).
// It asks and waits: after `PublishRequested` and `PlayRequested` the driver reads nothing more until it has answered. What a
// player is sent does not come from here: its driver sends the messages of a log, and between them what `take_output` has. One mutation (`receive`, `tick`, an answer), then drain `next_event` and `take_output`. `Closed` is always
// the last event: the driver sends what `take_output` still holds and closes the socket. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "proto/rtmp/limits.hpp"
#include "proto/rtmp/server_event.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace weir::proto::rtmp {

class ServerConnection {
  public:
    struct Options {
        Limits limits{};
        std::uint64_t seed = 0;  ///< of the handshake's filler: distinct per connection, no secret
        std::span<const std::string_view>
            fourccs{};  ///< what Enhanced RTMP may bring, told to clients that ask; static
    };

    ServerConnection(const Options& options, base::Instant now);
    ServerConnection(ServerConnection&&) noexcept;
    ~ServerConnection();

    /// Takes all of `bytes`; ignored after `Closed`.
    void receive(base::ByteView bytes, base::Instant now);
    /// Enforces the deadlines; cheap to call early.
    void tick(base::Instant now);
    [[nodiscard]] std::optional<Event> next_event();
    /// What to send; empty when there is nothing.
    [[nodiscard]] base::Bytes take_output();
    /// When `tick` wants to be called; nullopt: never. Media moves it later, so look again when it has come.
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;

    /// Answers `PublishRequested`. `silence` replaces the limit of that name (the stream's `timeout`).
    void accept_publish(base::Duration silence, base::Instant now);
    /// Answers `PlayRequested`: behind the output that follows come messages on `play_stream`, in chunks of `play_chunk_size`.
    void accept_play(base::Instant now);
    /// Answers either, and ends the connection: `Closed` has the same text.
    void refuse(Refusal refusal, std::string_view text);
    /// What is played is over: the player is told, as of the end of a file; `Closed` follows.
    void end_play(std::string_view text);
    /// The driver had stopped reading (the source was ahead of real time) and goes on: the silence was not the publisher's.
    void resume(base::Instant now);
    /// Ends the connection from this side (evicted, stopped, draining): the publisher is told, `Closed` follows.
    void close(base::ErrorKind kind, std::string_view text);

    [[nodiscard]] bool is_publishing() const noexcept;
    [[nodiscard]] bool is_playing() const noexcept;
    /// The last that it asked for was to play, whatever came of that.
    [[nodiscard]] bool is_player() const noexcept;
    /// Bytes from the peer so far, handshake included.
    [[nodiscard]] std::uint64_t received_bytes() const noexcept;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::proto::rtmp

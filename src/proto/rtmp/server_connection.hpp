// The server side of one RTMP connection: bytes and time in, events and bytes out (Adobe RTMP 1.0, Enhanced RTMP 2).
// It asks and waits: after `PublishRequested` the driver reads nothing more until it has called `accept_publish` or `refuse_publish`.
// One mutation (`receive`, `tick`, an answer), then drain `next_event` and `take_output`. `Closed` is always the last event:
// the driver sends what `take_output` still holds and closes the socket. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "media/track.hpp"
#include "proto/rtmp/limits.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace weir::proto::rtmp {

/// Who wants to publish what. All texts are the client's own words; `app` and `name` are not checked against the naming rules yet.
struct PublishRequest {
    std::string app;     ///< "live"
    std::string name;    ///< "demo"
    std::string token;   ///< of `?token=` in the stream key, the app or the address, percent-decoded; empty when there is none
    std::string client;  ///< flashVer: "FMLE/3.0 (compatible; FMSc/1.0)"
};

struct PublishRequested {
    std::unique_ptr<const PublishRequest> request;
};
/// The body of an FLV audio or video tag.
struct Media {
    media::Kind kind = media::Kind::video;
    std::uint32_t timestamp = 0;  ///< milliseconds, wrapping at 2^32
    base::Bytes body;
};
/// The body of an FLV script tag: the AMF0 string "onMetaData" and its value. Only ever data.
struct Metadata {
    std::uint32_t timestamp = 0;
    base::Bytes body;
};
/// The publisher has said goodbye. It may publish again on the same connection.
struct Unpublished {};
/// Nothing follows. `text` is for the log; the peer was told the same where it could be told anything.
struct Closed {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;
};
using Event = std::variant<PublishRequested, Media, Metadata, Unpublished, Closed>;

/// The code that a refused publisher sees.
enum class Refusal : std::uint8_t {
    bad_name,  ///< NetStream.Publish.BadName: the name is no name, or is taken
    denied,    ///< NetStream.Publish.Denied: not allowed to publish
    failed,    ///< NetStream.Failed: the server has no room, or is going away
};

class ServerConnection {
  public:
    struct Options {
        Limits limits;
        std::uint64_t seed = 0;                     ///< of the handshake's filler: distinct per connection, no secret
        std::span<const std::string_view> fourccs;  ///< what is taken in by Enhanced RTMP, told to clients that ask; static
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
    /// Answers `PublishRequested`, and ends the connection: `Closed` has the same text.
    void refuse_publish(Refusal refusal, std::string_view text);
    /// Ends the connection from this side (evicted, stopped, draining): the publisher is told, `Closed` follows.
    void close(base::ErrorKind kind, std::string_view text);

    [[nodiscard]] bool is_publishing() const noexcept;
    /// Bytes from the peer so far, handshake included.
    [[nodiscard]] std::uint64_t received_bytes() const noexcept;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::proto::rtmp

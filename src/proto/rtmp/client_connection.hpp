// The client side of one RTMP connection, as far as a publisher or a player needs it: handshake, connect, media, goodbye.
// Bytes and time in, events and bytes out; one mutation, then drain. `ClientClosed` is always the last event. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "proto/rtmp/limits.hpp"
#include "proto/rtmp/media_event.hpp"
#include "proto/rtmp/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace weir::proto::rtmp {

/// The server has taken the publication, and media may be sent; or it plays, and media comes.
struct Ready {};
/// Nothing follows. `text` is what the server said, where it said something.
struct ClientClosed {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;
};
using ClientEvent = std::variant<Ready, Media, ClientClosed>;

enum class Purpose : std::uint8_t { publish, play };

class ClientConnection {
  public:
    struct Options {
        Limits limits{};
        std::string tc_url;           ///< "rtmp://host:1935/live"
        std::string app;              ///< "live"
        std::string stream_key;       ///< "demo?token=..."
        std::string client = "Weir";  ///< flashVer
        std::uint32_t chunk_size = 65536;
        std::uint64_t seed = 0;  ///< of the handshake's filler
        Purpose purpose = Purpose::publish;
    };

    ClientConnection(Options options, base::Instant now);
    ClientConnection(ClientConnection&&) noexcept;
    ~ClientConnection();

    void receive(base::ByteView bytes, base::Instant now);
    /// That many bytes came which nobody looks at: they are acknowledged. A player, after `Ready`; nothing can be received from then on.
    void skip(std::size_t count);
    void tick(base::Instant now);
    [[nodiscard]] std::optional<ClientEvent> next_event();
    [[nodiscard]] base::Bytes take_output();
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;
    /// The message stream that the server has given, once `Ready`.
    [[nodiscard]] std::uint32_t stream_id() const noexcept;

    /// Sends the body of an FLV tag: `type` is audio, video or amf0_data (metadata is wrapped in @setDataFrame). After `Ready` only.
    void send(MessageType type, std::uint32_t timestamp, base::ByteView body);
    /// Says goodbye (deleteStream); `ClientClosed` follows.
    void finish();

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::proto::rtmp

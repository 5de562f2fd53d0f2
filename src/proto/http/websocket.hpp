// WebSocket (RFC 6455), the server's side: the opening handshake (4.2), headers of the frames that go out (5.2, never masked), and the
// frames of a client that has nothing to say but may ping and close. What a client sends is read strictly and kept only as far
// as an answer needs it.
//   FIN 1, RSV 3, opcode 4 | MASK 1, length 7 | length 16 or 64 | masking key 32 | payload ...
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "proto/http/request.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace weir::proto::http {

/// It asks for another protocol on this connection, WebSocket among them.
[[nodiscard]] bool asks_for_websocket(const Request& request) noexcept;
/// The value of Sec-WebSocket-Accept for the request; refused with 426 for another version than 13, else 400.
[[nodiscard]] Parsed<std::string> accept_websocket(const Request& request);

namespace websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Status codes of a close frame (7.4.1).
enum class CloseCode : std::uint16_t { normal = 1000, protocol_error = 1002, policy = 1008 };

inline constexpr std::size_t longest_control = 125;

/// The header of a whole, unmasked message of `size` bytes.
void write_header(Opcode opcode, std::uint64_t size, base::ByteWriter& out);
void write_close(CloseCode code, base::ByteWriter& out);

struct Limits {
    base::ByteCount messages{64U << 10};
    base::ByteCount unread{16U << 10};

    void fields(this auto& self, auto&& visit) {
        visit("messages", self.messages,
              base::Limit{.what = "bytes of messages, pings excepted, that a WebSocket viewer sends in all",
                          .at_limit = "it is closed",
                          .metric = "weir_viewers"});
        visit("unread", self.unread,
              base::Limit{.what = "bytes of answers to its pings that a WebSocket viewer leaves unread",
                          .at_limit = "it is closed",
                          .metric = "weir_viewers"});
    }
};

/// Ends with `closed`: by the client, or, with a code that is an error, since it broke the protocol or a limit.
struct ClientEvent {
    enum class Kind : std::uint8_t { ping, closed };
    Kind kind = Kind::ping;
    CloseCode code = CloseCode::normal;  ///< to answer with
    std::array<std::uint8_t, longest_control> payload{};
    std::size_t size = 0;

    [[nodiscard]] base::ByteView view() const noexcept { return base::ByteView(payload).first(size); }
};

/// Reads the frames of one client.
class ClientReader {
  public:
    explicit ClientReader(Limits limits = {}) noexcept : limits_(limits) {}

    /// Takes all of `bytes`; drain `next_event` afterwards. Nothing is read after `closed`.
    void receive(base::ByteView bytes);
    [[nodiscard]] std::optional<ClientEvent> next_event();

  private:
    enum class State : std::uint8_t { header, payload, over };

    [[nodiscard]] bool take_header_byte(std::uint8_t byte);
    [[nodiscard]] bool begin_frame();
    void take_payload(base::ByteView bytes);
    void end_frame();
    /// Nothing is read any more; always false.
    bool fail(CloseCode code);
    [[nodiscard]] bool is_control() const noexcept { return (header_[0] & 0x08) != 0; }
    [[nodiscard]] Opcode opcode() const noexcept { return Opcode(header_[0] & 0x0f); }

    Limits limits_;
    State state_ = State::header;
    std::array<std::uint8_t, 14> header_{};
    std::size_t header_size_ = 0;  ///< bytes of it that have come
    std::uint64_t remaining_ = 0;  ///< of the payload
    std::uint64_t received_ = 0;   ///< of messages, in all
    bool is_in_message_ = false;   ///< a fragment came that was not the last
    ClientEvent control_;          ///< the control frame that is coming
    std::deque<ClientEvent> events_;
};

}  // namespace websocket

}  // namespace weir::proto::http

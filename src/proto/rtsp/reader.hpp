// Bytes of an RTSP connection, divided: messages, and between them interleaved packets (RFC 2326 10.12). Deterministic wherever the
// bytes are cut; holds one unfinished item at most, within the limits.
//
//   '$'  channel (8)  size (16)  packet
#pragma once

#include "base/bytes.hpp"
#include "proto/rtsp/limits.hpp"
#include "proto/rtsp/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace weir::proto::rtsp {

/// One interleaved packet.
struct Frame {
    std::uint8_t channel = 0;
    base::Bytes packet;
};

using Item = std::variant<Request, Response, Frame>;

class Reader {
  public:
    explicit Reader(const Limits& limits) : limits_(limits), packets_(limits.slab.bytes()) {}

    /// Takes bytes off the front until there is a whole item, or none are left. After an error it must not be called again.
    [[nodiscard]] base::Result<std::optional<Item>> next(base::ByteView& bytes);

    static constexpr std::size_t frame_head = 4;
    /// Appends the head of an interleaved packet.
    static void write_frame_head(std::uint8_t channel, std::uint16_t size, std::string& out);

  private:
    [[nodiscard]] base::Result<bool> take_head(base::ByteView& bytes);
    [[nodiscard]] std::optional<Item> take_packet(base::ByteView& bytes);
    [[nodiscard]] std::optional<Item> take_body(base::ByteView& bytes);

    Limits limits_;
    base::BufferCutter packets_;
    std::string head_;                    ///< of what is under way; never begins with a line's end
    std::optional<base::Buffer> packet_;  ///< under way; its head is in `head_`
    std::size_t filled_ = 0;              ///< bytes of it
    std::optional<Message> message_;      ///< whose body is under way
    std::size_t body_left_ = 0;
};

}  // namespace weir::proto::rtsp

// Puts messages together from chunks (Adobe RTMP 1.0, 5.3), wherever the bytes are split. A message grows with the bytes
// that really arrive, in the memory in which it is handed on; what a header merely claims is never allocated. Small messages of a
// publisher share slabs: they come, and go, many times a second. One owner: a connection.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "proto/rtmp/chunk_header.hpp"
#include "proto/rtmp/limits.hpp"
#include "proto/rtmp/message.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::proto::rtmp {

class ChunkReader {
  public:
    /// Media messages are held to the limit of commands until `allow_media`.
    explicit ChunkReader(const Limits& limits) noexcept;

    /// Takes bytes off the front of `input` until a message is complete; nullopt: all were taken and more are needed.
    /// Control messages are for the caller to obey before the next call. After an error the reader is of no more use.
    [[nodiscard]] base::Result<std::optional<Message>> next(base::ByteView& input);

    /// The peer's Set Chunk Size. One is legal, zero is not.
    [[nodiscard]] base::Result<void> set_chunk_size(std::uint32_t size);
    /// The peer's Abort: forgets the unfinished message of that chunk stream.
    void abort(std::uint32_t chunk_stream_id) noexcept;
    /// From here on audio and video may be as large as `message`, and all together as `unfinished`.
    void allow_media(const Limits& limits) noexcept;
    /// From here on the peer only listens: no message is larger than `said`.
    void expect_little(const Limits& limits) noexcept;

    /// Bytes of messages that are not complete yet; the memory held for them is at most twice that, one input and one slab.
    [[nodiscard]] std::size_t unfinished_bytes() const noexcept { return unfinished_; }

  private:
    struct ChunkStream {
        std::uint32_t id = 0;
        std::uint32_t timestamp = 0;
        std::uint32_t delta = 0;
        std::uint32_t time_field = 0;  ///< of the last header that had one
        std::uint32_t length = 0;
        std::uint32_t stream_id = 0;
        std::uint32_t received = 0;  ///< bytes of the message under way
        MessageType type = MessageType::amf0_command;
        bool extended = false;
        bool under_way = false;
        base::Buffer buffer{0};
    };

    [[nodiscard]] std::optional<ChunkHeader> parse_header(base::ByteView bytes) const noexcept;
    [[nodiscard]] std::optional<ChunkHeader> read_header(base::ByteView& input) noexcept;
    void drop_carried(std::size_t count) noexcept;
    [[nodiscard]] base::Result<ChunkStream*> begin_chunk(const ChunkHeader& header);
    [[nodiscard]] base::Result<void> begin_message(ChunkStream& stream, const ChunkHeader& header) const;
    [[nodiscard]] base::Result<void> append(ChunkStream& stream, base::ByteView bytes, std::size_t arrived);
    [[nodiscard]] base::Result<void> read_payload(ChunkStream& stream, base::ByteView& input);
    [[nodiscard]] Message finish(ChunkStream& stream) noexcept;
    [[nodiscard]] ChunkStream* find(std::uint32_t id) noexcept;
    [[nodiscard]] const ChunkStream* find(std::uint32_t id) const noexcept;

    std::uint32_t chunk_size_ = 128;
    std::uint32_t chunk_left_ = 0;  ///< payload of the current chunk that has not come
    std::size_t chunk_streams_;     ///< how many may be open
    std::size_t command_bytes_;
    std::size_t media_bytes_;
    std::size_t unfinished_limit_;
    std::size_t unfinished_ = 0;
    std::vector<ChunkStream> streams_;
    std::optional<base::BufferCutter> buffers_;  ///< once media is allowed: others send little, and get no slab
    std::optional<std::size_t> current_;         ///< the stream in whose chunk we are

    std::array<std::uint8_t, longest_chunk_header> carry_{};  ///< bytes that came before the current input
    std::uint8_t carried_ = 0;
};

}  // namespace weir::proto::rtmp

// Where a message's body ends (RFC 9112 6 and 7): at once, after a length, after the last chunk, or when the connection
// closes. Sans-IO: the owner keeps the bytes that have come and not been consumed, and offers them again with more behind.
#pragma once

#include "base/bytes.hpp"
#include "proto/http/syntax.hpp"

#include <cstdint>

namespace weir::proto::http {

class BodyDecoder {
  public:
    /// For chunked bodies. Beyond `body` it is 413; the rest are 400.
    struct Limits {
        std::uint64_t body = UINT64_MAX;    ///< decoded bytes in all
        std::size_t chunk_line = 256;       ///< a chunk-size line with its extensions
        std::size_t extensions = 4 * 1024;  ///< bytes of chunk extensions in all
        std::size_t trailers = 8 * 1024;    ///< bytes of trailer lines in all
    };
    /// What was found at the front of the input. With nothing consumed and not complete, more input is needed.
    struct Piece {
        std::size_t consumed = 0;
        base::ByteView data;  ///< part of the input
        bool complete = false;
    };

    [[nodiscard]] static BodyDecoder none() noexcept { return fixed(0); }
    [[nodiscard]] static BodyDecoder fixed(std::uint64_t length) noexcept;
    [[nodiscard]] static BodyDecoder chunked(const Limits& limits) noexcept;
    /// Complete only by the owner's word.
    [[nodiscard]] static BodyDecoder until_close() noexcept;

    [[nodiscard]] Parsed<Piece> decode(base::ByteView input);
    [[nodiscard]] bool ends_with_connection() const noexcept { return state_ == State::until_close; }

  private:
    enum class State : std::uint8_t { fixed, chunk_size, chunk_data, chunk_end, trailers, until_close, done };

    explicit BodyDecoder(State state) noexcept : state_(state) {}
    Parsed<Piece> take_data(base::ByteView input, State after);
    Parsed<Piece> take_chunk_size(base::ByteView input);
    Parsed<Piece> take_chunk_end(base::ByteView input);
    Parsed<Piece> take_trailer(base::ByteView input);

    State state_;
    std::uint64_t remaining_ = 0;  ///< of the fixed body or of the chunk
    std::uint64_t total_ = 0;
    std::size_t extensions_ = 0;
    std::size_t trailers_ = 0;
    Limits limits_;
};

}  // namespace weir::proto::http

// The framing of FLV files and HTTP-FLV streams (Adobe Flash Video 10.1 Annex E.2 to E.4.1), both ways. Sans-IO.
//
//   header  | 'F' 'L' 'V' | version 8 = 1 | 0 5 | audio 1 | 0 1 | video 1 | header size 32 = 9 | 0 32 |
//   tag     | 0 2 | filter 1 | type 5 | body size 24 | time 24 | time's highest 8 bits | stream id 24 = 0 | body | 11 + body size 32 |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "format/flv_tags.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace weir::format::flv {

struct Tag {
    TagType type{};
    std::uint32_t timestamp = 0;  ///< milliseconds
    base::Bytes body;
    friend bool operator==(const Tag&, const Tag&) = default;
};

struct Limits {
    std::size_t tag_size = 8 << 20;     ///< the body of one tag; a larger one ends the file
    std::size_t header_size = 1 << 10;  ///< the file header with what later versions may add
};

inline constexpr std::size_t tag_header_size = 11;
inline constexpr std::size_t tag_trailer_size = 4;

void write_file_header(bool audio, bool video, base::ByteWriter& out);
/// The 11 bytes before a body of `body_size` bytes.
void write_tag_header(TagType type, std::uint32_t timestamp, std::size_t body_size, base::ByteWriter& out);
/// The 4 bytes behind it.
void write_tag_trailer(std::size_t body_size, base::ByteWriter& out);

/// Splits a file into tags, as bytes arrive. Tolerant where files are: unknown tag types are passed over, the sizes behind
/// tags and the audio and video flags are not believed, and a last tag cut short is the end.
class FileReader {
  public:
    explicit FileReader(Limits limits = {}) noexcept : limits_(limits) {}

    /// Takes all of `bytes`. Drain `next()` afterwards: the tags wait in a queue that is as long as what was received.
    void receive(base::ByteView bytes);
    /// The next tag; nothing until more is received. An error is the last answer, after the tags before it, and stays.
    [[nodiscard]] base::Result<std::optional<Tag>> next();

  private:
    enum class State : std::uint8_t { file_header, tag_header, body };

    /// Takes what the state has use for, at least one byte, off the front.
    [[nodiscard]] base::Result<void> advance(base::ByteView& bytes);
    [[nodiscard]] base::Result<void> read_file_header();
    [[nodiscard]] base::Result<void> read_tag_header();
    void finish_tag();

    Limits limits_;
    State state_ = State::file_header;
    std::size_t to_skip_ = 0;  ///< bytes that concern nobody and come first
    base::ByteWriter header_;  ///< the header being collected
    Tag tag_;                  ///< the tag whose body is being collected
    base::Buffer body_{0};
    std::size_t filled_ = 0;  ///< bytes of it that are there
    std::deque<Tag> tags_;
    std::optional<base::Error> error_;
};

}  // namespace weir::format::flv

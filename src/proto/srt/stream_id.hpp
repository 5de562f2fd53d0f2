// What a caller of SRT wants, from the stream id of its handshake. Two styles are understood: `publish:live/demo?token=KEY` and
// `read:live/demo/720p`, as people write them; and the keys of the guidelines for access control, `#!::r=live/demo,m=publish,t=KEY`.
// A name alone is played, since `request` is the mode where none is said.
#pragma once

#include "base/stream_id.hpp"
#include "proto/srt/rejection.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace weir::proto::srt {

/// Bytes of a stream id, at most: the handshake carries no more.
inline constexpr std::size_t longest_stream_id = 512;

enum class Purpose : std::uint8_t { play, publish };

struct Request {
    Purpose purpose = Purpose::play;
    base::StreamId stream;
    std::string rung;        ///< of what is played: a legal name; empty when there is none
    std::string token;       ///< percent-decoded; empty when there is none
    bool is_backup = false;  ///< `backup=1`: publishes as the backup of the stream
    friend bool operator==(const Request&, const Request&) = default;
};

/// Why there is none; the text is a literal, fit for the log.
struct Refusal {
    Rejection rejection = Rejection::bad_request;
    std::string_view text;
};

[[nodiscard]] std::expected<Request, Refusal> parse_request(std::string_view stream_id);

}  // namespace weir::proto::srt

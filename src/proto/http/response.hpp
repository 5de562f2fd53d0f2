// The head of an HTTP/1.1 response (RFC 9112 4): written by the server, parsed by the client.
#pragma once

#include "base/bytes.hpp"
#include "proto/http/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::http {

/// What the response says about the connection. HTTP/1.0 clients must be told that it stays.
enum class Persistence : std::uint8_t { keep_alive_unsaid, keep_alive_said, close, upgrade };

struct ResponseHead {
    Status status = Status::ok;
    std::string_view date;                        ///< see date.hpp
    std::string_view content_type;                ///< none where it is empty
    std::string_view standing_fields;             ///< ready lines, each with its CRLF
    std::string_view fields;                      ///< the same
    std::optional<std::uint64_t> content_length;  ///< without one the body ends with the connection, unless
    bool is_chunked = false;                      ///< it comes in chunks
    Persistence persistence = Persistence::keep_alive_unsaid;
};

/// Appends the head to `out`, which a caller clears and uses again.
void write_response_head(const ResponseHead& head, std::string& out);

/// A response as a client reads it. Moving or copying it keeps the views valid: they point into `block`.
struct Response {
    Status status = Status::ok;
    std::vector<Field> fields;
    bool is_http_1_0 = false;
    bool keep_alive = true;
    bool is_chunked = false;
    std::optional<std::uint64_t> content_length;
    base::Bytes block;

    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept {
        return find_field(fields, name);
    }
};

/// `head` is everything up to and including the empty line. The status of a refusal has no meaning to a client.
[[nodiscard]] Parsed<Response> parse_response(std::string_view head);

}  // namespace weir::proto::http

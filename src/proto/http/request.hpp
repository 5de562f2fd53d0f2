// The head of an HTTP/1.1 request (RFC 9110, RFC 9112 2 to 6), read strictly: whatever two parsers could understand
// differently (two lengths, a length beside a transfer coding, folding, stray CR or LF) is refused, never repaired.
#pragma once

#include "base/bytes.hpp"
#include "proto/http/fields.hpp"
#include "proto/http/target.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::http {

/// Moving or copying it keeps the views valid: they point into `block`.
struct Request {
    Method method = Method::get;
    Target target;
    std::vector<Field> fields;
    bool is_http_1_0 = false;
    bool keep_alive = true;         ///< the client is ready for another request afterwards
    bool expects_continue = false;  ///< it waits for "100 Continue" before it sends the body
    bool is_chunked = false;
    std::uint64_t content_length = 0;
    base::Bytes block;  ///< the head as it came, and the decoded target

    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept {
        return find_field(fields, name);
    }
    /// As the client names this server; the authority of an absolute target counts before the field.
    [[nodiscard]] std::string_view host() const noexcept {
        return target.authority.empty() ? field("host").value_or(std::string_view{}) : target.authority;
    }
    [[nodiscard]] bool has_body() const noexcept { return is_chunked || content_length > 0; }
};

/// `head` is everything up to and including the empty line.
[[nodiscard]] Parsed<Request> parse_request(std::string_view head);

/// Appends a client's request head to `out`. `fields` are ready lines, each with its CRLF.
void write_request_head(Method method, std::string_view target, std::string_view host, std::string_view fields,
                        std::string& out);

}  // namespace weir::proto::http

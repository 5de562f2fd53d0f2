// One RTSP message (RFC 2326 4 to 7): a request or a response, its fields and its body. Read as cameras and players write: lines may end
// in LF alone, fields may be folded, names are in any case. What could not be written again is refused.
//
//   METHOD SP address SP RTSP/1.0 CRLF          RTSP/1.0 SP status SP reason CRLF
//   name: value CRLF ...                        name: value CRLF ...
//   CRLF  body (Content-Length bytes)           CRLF  body
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::proto::rtsp {

struct Field {
    std::string name;
    std::string value;

    friend bool operator==(const Field&, const Field&) = default;
};

class Fields {
  public:
    /// Both must be valid: `is_token`, `is_text`.
    Fields& add(std::string_view name, std::string_view value);
    /// The value of the first field of that name, in any case; empty when there is none.
    [[nodiscard]] std::string_view find(std::string_view name) const noexcept;
    [[nodiscard]] const std::vector<Field>& all() const noexcept { return fields_; }
    /// Goes on with the last field's value, as a folded line does. False when there is no field.
    bool continue_last(std::string_view more);

    friend bool operator==(const Fields&, const Fields&) = default;

  private:
    std::vector<Field> fields_;
};

struct Request {
    std::string method;
    std::string address;  ///< as it stands: absolute, a path, or `*`
    Fields fields;
    std::string body;

    friend bool operator==(const Request&, const Request&) = default;
};

struct Response {
    std::uint16_t status = 200;
    std::string reason;
    Fields fields;
    std::string body;

    friend bool operator==(const Response&, const Response&) = default;
};

using Message = std::variant<Request, Response>;

/// `head` is everything up to and including the empty line. The body is empty. `unsupported`: another protocol or version.
[[nodiscard]] base::Result<Message> parse_message(std::string_view head);
/// How long the body behind a head is; no field, no body.
[[nodiscard]] base::Result<std::size_t> content_length(const Message& message);

/// Appends the message. `Content-Length` says how long the body is, whatever the fields say.
void write(const Request& request, std::string& out);
void write(const Response& response, std::string& out);

/// What a status says when nobody has anything better: "Not Found".
[[nodiscard]] std::string_view reason_of(std::uint16_t status) noexcept;

}  // namespace weir::proto::rtsp

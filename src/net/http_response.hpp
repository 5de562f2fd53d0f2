// What a handler answers, and how the answer meets the request's conditions and ranges (RFC 9110 13 and 14). Bodies are
// slices of memory that already exists: a segment goes from the log to the socket without being copied.
#pragma once

#include "base/bytes.hpp"
#include "net/http_growth.hpp"
#include "net/http_place.hpp"
#include "net/tls_link.hpp"
#include "proto/http/fields.hpp"
#include "proto/http/request.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::net {

/// Receives the connection, whose socket it owns and closes, its place, which it drops then, and the response head,
/// which it sends first. By then nothing else of the HTTP connection is left.
using HttpTakeover = std::move_only_function<void(Conduit conduit, HttpPlace place, base::Bytes head)>;

struct HttpResponse {
    using Body =
        std::variant<std::monostate, base::Bytes, std::vector<base::Bytes>, HttpTakeover, std::shared_ptr<HttpGrowth>>;

    proto::http::Status status = proto::http::Status::ok;
    std::string_view content_type{};  ///< a literal; none where it is empty
    proto::http::FieldLines fields{};
    std::string etag{};   ///< with its quotes; If-None-Match is answered by it
    bool ranges = false;  ///< byte ranges of the body are offered
    bool own = false;     ///< the body was made for this answer alone
    Body body{};

    [[nodiscard]] static HttpResponse of(std::string_view content_type, std::string_view text) {
        return {.content_type = content_type, .own = true, .body = base::Bytes::copy_of(text)};
    }
};

/// The slices of a body, end to end; none of a takeover, nor of one that grows.
[[nodiscard]] std::span<const base::Bytes> slices_of(const HttpResponse::Body& body) noexcept;
[[nodiscard]] std::uint64_t size_of(const HttpResponse::Body& body) noexcept;

/// Makes a 200 what the request's conditions and range make of it: 304, 412, 206 or 416.
void apply_conditions(const proto::http::Request& request, HttpResponse& response);

/// In what form an error is told.
enum class ErrorForm : std::uint8_t { text, page, json };
/// JSON below /api, a page to whom accepts HTML, else text.
[[nodiscard]] ErrorForm error_form(const proto::http::Request& request) noexcept;
/// An error in words. `code` names it to programs; `message` may quote a stranger's text.
[[nodiscard]] HttpResponse http_error(ErrorForm form, proto::http::Status status, std::string_view code,
                                      std::string_view message);
[[nodiscard]] inline HttpResponse http_error(ErrorForm form, proto::http::Status status, std::string_view message) {
    return http_error(form, status, slug(status), message);
}

}  // namespace weir::net

// Methods and status codes (RFC 9110 9 and 15): the ones this server understands, says, or meets as a client.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::proto::http {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options };

[[nodiscard]] std::string_view name(Method method) noexcept;  ///< "GET", ..., "DELETE"
/// Methods are case-sensitive; nothing for one that this server does not implement.
[[nodiscard]] std::optional<Method> method_of(std::string_view name) noexcept;

/// Any code from 100 to 599 may be held; those that are said here have names.
enum class Status : std::uint16_t {
    continue_ = 100,
    switching_protocols = 101,
    ok = 200,
    created = 201,
    accepted = 202,
    no_content = 204,
    partial_content = 206,
    moved_permanently = 301,
    found = 302,
    not_modified = 304,
    temporary_redirect = 307,
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    request_timeout = 408,
    conflict = 409,
    precondition_failed = 412,
    content_too_large = 413,
    uri_too_long = 414,
    unsupported_media_type = 415,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    unprocessable_content = 422,
    upgrade_required = 426,
    too_many_requests = 429,
    header_fields_too_large = 431,
    internal_server_error = 500,
    not_implemented = 501,
    bad_gateway = 502,
    service_unavailable = 503,
    version_not_supported = 505,
};

[[nodiscard]] constexpr unsigned code(Status status) noexcept { return static_cast<unsigned>(status); }
/// The reason phrase; "Unknown" for a code without a name here.
[[nodiscard]] std::string_view reason(Status status) noexcept;
/// The same as an error code of the API: "not_found".
[[nodiscard]] std::string_view slug(Status status) noexcept;

[[nodiscard]] constexpr bool is_informational(Status status) noexcept { return code(status) < 200; }
/// A response of this status never has a body (RFC 9110 6.4.1).
[[nodiscard]] constexpr bool forbids_body(Status status) noexcept {
    return is_informational(status) || status == Status::no_content || status == Status::not_modified;
}

}  // namespace weir::proto::http

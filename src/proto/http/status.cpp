#include "proto/http/status.hpp"

#include <algorithm>
#include <array>

namespace weir::proto::http {

namespace {

constexpr std::array<std::string_view, 7> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

struct StatusText {
    Status status;
    std::string_view reason;
    std::string_view slug;
};

constexpr auto statuses = std::to_array<StatusText>({
    {Status::continue_, "Continue", "continue"},
    {Status::switching_protocols, "Switching Protocols", "switching_protocols"},
    {Status::ok, "OK", "ok"},
    {Status::created, "Created", "created"},
    {Status::accepted, "Accepted", "accepted"},
    {Status::no_content, "No Content", "no_content"},
    {Status::partial_content, "Partial Content", "partial_content"},
    {Status::moved_permanently, "Moved Permanently", "moved_permanently"},
    {Status::found, "Found", "found"},
    {Status::not_modified, "Not Modified", "not_modified"},
    {Status::temporary_redirect, "Temporary Redirect", "temporary_redirect"},
    {Status::bad_request, "Bad Request", "bad_request"},
    {Status::unauthorized, "Unauthorized", "unauthorized"},
    {Status::forbidden, "Forbidden", "forbidden"},
    {Status::not_found, "Not Found", "not_found"},
    {Status::method_not_allowed, "Method Not Allowed", "method_not_allowed"},
    {Status::request_timeout, "Request Timeout", "request_timeout"},
    {Status::conflict, "Conflict", "conflict"},
    {Status::precondition_failed, "Precondition Failed", "precondition_failed"},
    {Status::content_too_large, "Content Too Large", "content_too_large"},
    {Status::uri_too_long, "URI Too Long", "uri_too_long"},
    {Status::unsupported_media_type, "Unsupported Media Type", "unsupported_media_type"},
    {Status::range_not_satisfiable, "Range Not Satisfiable", "range_not_satisfiable"},
    {Status::expectation_failed, "Expectation Failed", "expectation_failed"},
    {Status::unprocessable_content, "Unprocessable Content", "unprocessable_content"},
    {Status::upgrade_required, "Upgrade Required", "upgrade_required"},
    {Status::too_many_requests, "Too Many Requests", "too_many_requests"},
    {Status::header_fields_too_large, "Request Header Fields Too Large", "header_fields_too_large"},
    {Status::internal_server_error, "Internal Server Error", "internal_error"},
    {Status::not_implemented, "Not Implemented", "not_implemented"},
    {Status::bad_gateway, "Bad Gateway", "bad_gateway"},
    {Status::service_unavailable, "Service Unavailable", "service_unavailable"},
    {Status::version_not_supported, "HTTP Version Not Supported", "version_not_supported"},
});

constexpr StatusText unknown{Status::ok, "Unknown", "unknown"};

const StatusText& text_of(Status status) noexcept {
    const auto* found = std::ranges::lower_bound(statuses, status, {}, &StatusText::status);
    return found != statuses.end() && found->status == status ? *found : unknown;
}

}  // namespace

std::string_view name(Method method) noexcept { return methods[static_cast<std::size_t>(method)]; }

std::optional<Method> method_of(std::string_view name) noexcept {
    for (std::size_t i = 0; i < methods.size(); ++i)
        if (methods[i] == name) return static_cast<Method>(i);
    return std::nullopt;
}

std::string_view reason(Status status) noexcept { return text_of(status).reason; }

std::string_view slug(Status status) noexcept { return text_of(status).slug; }

}  // namespace weir::proto::http

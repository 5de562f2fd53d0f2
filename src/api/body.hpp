// What a client sends to the API, as the tree that the configuration's reader reads: so the keys, types and ranges of a body are those
// of the file, and nothing is checked twice. What is wrong comes back with the field that it is about.
#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"
#include "net/http_response.hpp"
#include "net/http_router.hpp"

#include <expected>
#include <optional>
#include <string_view>

namespace weir::api {

/// The object that the request's body is; an empty body is an empty object. The error is the answer.
[[nodiscard]] std::expected<config::DocumentNode, net::HttpResponse> read_object(const proto::http::Request& request,
                                                                                 const net::RequestContext& context);

/// Takes the member `key` out of an object: its text, or nothing where it is not there (or `null`).
[[nodiscard]] std::optional<config::DocumentNode> take_member(config::DocumentNode& object, std::string_view key);

/// `{"error": {"code", "message", "detail": {"field", ...}}}`.
[[nodiscard]] net::HttpResponse api_error(proto::http::Status status, std::string_view code, std::string_view message,
                                          std::string_view field = {});
/// 422: the first of them in the message, all of them in `detail.problems`. Fields are named from `below` on ("streams.live/demo.").
[[nodiscard]] net::HttpResponse api_error(const config::Problems& problems, std::string_view below);

}  // namespace weir::api

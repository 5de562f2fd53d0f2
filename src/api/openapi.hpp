// `/api/v1/openapi.json`: the API as OpenAPI 3.1, made from the table of routes that is really served, so that it cannot
// promise more. What a route is for is written beside it here; a test finds a route without its description.
#pragma once

#include "net/http_router.hpp"

#include <boost/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace weir::api {

/// The description of those of the routes that lie below `/api/v1`.
[[nodiscard]] boost::json::object openapi_document(std::span<const net::Route> routes, std::string_view version);

/// The row that serves it. `routes` are the ones to describe; they are read here and not kept.
[[nodiscard]] net::Route openapi_route(std::span<const net::Route> routes, std::string_view version);

}  // namespace weir::api

// The web pages that the program carries: the console at `/`, the player at `/app/name`, and their assets.
#pragma once

#include "net/http_router.hpp"

#include <vector>

namespace weir::app {

[[nodiscard]] std::vector<net::Route> page_routes();

}  // namespace weir::app

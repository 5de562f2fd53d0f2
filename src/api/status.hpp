// `/health` (alive), `/ready` (takes new work) and `/metrics` (Prometheus).
#pragma once

#include "base/metrics_writer.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <functional>
#include <vector>

namespace weir::api {

struct StatusSources {
    stream::Registry& registry;
    /// Adds what the endpoints count.
    std::function<void(base::MetricsWriter&)> metrics;
    std::string version;
};

/// The rows refer to the sources, which outlive them.
[[nodiscard]] std::vector<net::Route> status_routes(const StatusSources& sources);

}  // namespace weir::api

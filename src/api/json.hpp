// How the API says things in JSON: answers, times, and statistics structs from their `fields`.
#pragma once

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "net/http_response.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace weir::api {

/// 200 with the value, never cached.
[[nodiscard]] net::HttpResponse json_response(const boost::json::value& value);
/// "2026-11-22T10:00:00.000Z"
[[nodiscard]] std::string print_time(base::WallTime time);
/// {"p50": ..., "p99": ...} in milliseconds.
[[nodiscard]] boost::json::object json_of(const base::Histogram::Snapshot& histogram);

/// A statistics struct with plain integers for members.
template <typename Stats>
[[nodiscard]] boost::json::object json_of_fields(const Stats& stats) {
    boost::json::object object;
    stats.fields([&](std::string_view name, const auto& value, auto&&...) { object[name] = value; });
    return object;
}

}  // namespace weir::api

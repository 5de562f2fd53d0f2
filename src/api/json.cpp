#include "api/json.hpp"

#include <fmt/chrono.h>

namespace weir::api {

net::HttpResponse json_response(const boost::json::value& value) {
    auto response = net::HttpResponse::of("application/json", boost::json::serialize(value) + '\n');
    response.fields.add("Cache-Control", "no-store");
    return response;
}

std::string print_time(base::WallTime time) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
    const auto calendar = fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count()));
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", calendar, (milliseconds - seconds).count());
}

boost::json::object json_of(const base::Histogram::Snapshot& histogram) {
    const auto milliseconds = [&](double share) {
        return std::chrono::duration<double, std::milli>(histogram.quantile(share)).count();
    };
    return {{"p50", milliseconds(0.5)}, {"p99", milliseconds(0.99)}};
}

}  // namespace weir::api

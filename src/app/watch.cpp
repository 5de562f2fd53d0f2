#include "app/watch.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cmath>

namespace weir::app {

namespace {

// Besides FLV: what comes is counted, and not looked into.
constexpr std::string_view endless[] = {".ts", ".mp4", ".aac"};

}  // namespace

base::Result<WatchReport> watch(const WatchUrl& url, const WatchOptions& options) {
    if (const auto* rtmp = std::get_if<RtmpUrl>(&url)) return watch_rtmp(*rtmp, options);
    const auto& http = std::get<HttpUrl>(url);
    const std::string_view path = std::string_view(http.path).substr(0, http.path.find('?'));
    if (path.ends_with(".flv")) return watch_flv(http, options);
    if (std::ranges::none_of(endless, [&](std::string_view suffix) { return path.ends_with(suffix); }))
        return watch_hls(http, options);
    WatchOptions blind = options;
    blind.probes = 0;
    return watch_flv(http, blind);
}

namespace {

struct Spread {
    double p50 = 0;
    double p95 = 0;
    double p99 = 0;
    double most = 0;
};

Spread spread_of(std::vector<base::Duration> values) {
    if (values.empty()) return {};
    std::ranges::sort(values);
    const auto at = [&](double share) {
        const auto index = static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)));
        return std::chrono::duration<double, std::milli>(values[index]).count();
    };
    return {at(0.5), at(0.95), at(0.99), at(1)};
}

boost::json::value json_of(const std::vector<base::Duration>& values) {
    if (values.empty()) return nullptr;
    const Spread spread = spread_of(values);
    return {
        {"p50", spread.p50}, {"p95", spread.p95}, {"p99", spread.p99}, {"max", spread.most}, {"count", values.size()}};
}

std::string text_of(const std::vector<base::Duration>& values) {
    const Spread spread = spread_of(values);
    return fmt::format("{:.1f} ms (p95 {:.1f}, p99 {:.1f}, most {:.1f})", spread.p50, spread.p95, spread.p99,
                       spread.most);
}

double bits_per_second(const WatchReport& report) {
    return report.seconds > 0 ? static_cast<double>(report.bytes) * 8 / report.seconds : 0;
}

}  // namespace

std::string print_text(const WatchReport& report) {
    std::string text = fmt::format(
        "{} viewers for {:.1f} s: {:.2f} Mbit/s in all, {} stalls, {} failed, {} closed by the server\n",
        report.viewers, report.seconds, bits_per_second(report) / 1e6, report.stalls, report.failed, report.closed);
    if (!report.refusal.empty()) text += "the server said: " + report.refusal + '\n';
    if (!report.first_frame.empty()) text += "first frame after " + text_of(report.first_frame) + '\n';
    text += report.latency.empty() ? "latency: the frames carry no clock (weir publish --clock writes one)\n"
                                   : "latency " + text_of(report.latency) + '\n';
    return text;
}

std::string print_json(const WatchReport& report) {
    const boost::json::object json{{"viewers", report.viewers},
                                   {"seconds", report.seconds},
                                   {"bytes", report.bytes},
                                   {"bitrate", static_cast<std::uint64_t>(bits_per_second(report))},
                                   {"frames", report.frames},
                                   {"failed", report.failed},
                                   {"closed", report.closed},
                                   {"stalls", report.stalls},
                                   {"first_frame_ms", json_of(report.first_frame)},
                                   {"latency_ms", json_of(report.latency)},
                                   {"refusal", report.refusal}};
    return boost::json::serialize(json) + '\n';
}

}  // namespace weir::app

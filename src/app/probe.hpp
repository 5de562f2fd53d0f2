// `weir probe`: what a stream or a file is made of and what that will mean for its viewers, in words that a person can act on. Times are read
// by the same machinery that mends those of publishers, so the faults told here are those that the server would mend.
#pragma once

#include "app/probe_findings.hpp"
#include "app/url.hpp"
#include "net/tls_context.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::app {

struct ProbeOptions {
    /// For how long: of a live stream its first seconds; of a file too, where it is said.
    std::optional<base::Duration> duration;
    std::function<void(base::Duration probed, std::uint64_t bytes)> progress{};  ///< about once a second
    net::TlsTrust trust{};                                                       ///< over TLS
};

inline constexpr base::Duration usual_probe = std::chrono::seconds(10);

/// A file, or rtmp://, rtmps:// and http:// (FLV, transport streams, fragmented MP4, and HLS of either). The error is for people: what cannot be
/// probed says what can.
[[nodiscard]] std::expected<ProbeReport, std::string> probe(const std::string& source, const ProbeOptions& options);

[[nodiscard]] std::expected<ProbeReport, std::string> probe_file(const std::string& path, const ProbeOptions& options);
[[nodiscard]] std::expected<ProbeReport, std::string> probe_endless(const WatchUrl& url, const ProbeOptions& options);
[[nodiscard]] std::expected<ProbeReport, std::string> probe_hls(const HttpUrl& url, const ProbeOptions& options);

[[nodiscard]] std::string print_text(const ProbeReport& report);
[[nodiscard]] std::string print_json(const ProbeReport& report);

}  // namespace weir::app

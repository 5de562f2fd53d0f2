// Being many viewers at once: `weir watch`. What a viewer would notice is measured: the first frame, latency where the frames carry a
// clock (`weir publish --clock`), stalls, and how much came. HTTP-FLV, RTMP and HLS.
#pragma once

#include "app/url.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/tls_context.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

struct WatchOptions {
    std::size_t viewers = 1;
    base::Duration duration = std::chrono::seconds(10);
    std::size_t probes = 32;  ///< how many of the viewers, spread at random, look into the media
    std::function<void(base::Duration elapsed, std::uint64_t bytes)> progress{};  ///< about once a second
    net::TlsTrust trust{};                                                        ///< over TLS
};

struct WatchReport {
    std::uint64_t viewers = 0;
    std::uint64_t failed = 0;  ///< could not connect, or were refused
    std::uint64_t closed = 0;  ///< by the server, before the time was over
    std::uint64_t stalls = 0;  ///< times that a viewer would have seen the picture stop
    std::uint64_t bytes = 0;
    std::uint64_t frames = 0;  ///< video frames that the probes saw
    double seconds = 0;
    std::vector<base::Duration> first_frame;  ///< per probe: from the request to its first keyframe
    std::vector<base::Duration> latency;      ///< per frame with a clock that a probe saw
    std::string refusal;                      ///< what the server said to one that failed
};

[[nodiscard]] base::Result<WatchReport> watch_flv(const HttpUrl& url, const WatchOptions& options);
[[nodiscard]] base::Result<WatchReport> watch_hls(const HttpUrl& url, const WatchOptions& options);
[[nodiscard]] base::Result<WatchReport> watch_rtmp(const RtmpUrl& url, const WatchOptions& options);
/// Over HTTP by the end of the path: `.flv`; `.ts`, `.mp4` and `.aac`, of which only the bytes are counted; else HLS.
[[nodiscard]] base::Result<WatchReport> watch(const WatchUrl& url, const WatchOptions& options);

[[nodiscard]] std::string print_text(const WatchReport& report);
[[nodiscard]] std::string print_json(const WatchReport& report);

}  // namespace weir::app

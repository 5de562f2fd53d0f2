// hls_check URL --seconds N: follows a live server as an exact client would and holds it to RFC 8216bis (tests/checker). Exits 1 with
// the rule that was broken and the two playlists that broke it, 2 when there is nothing to follow. Not shipped.
#include "hls_check/follower.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>

int main(int argc, char** argv) {
    using namespace weir;
    CLI::App command(
        "Holds a live HLS server to RFC 8216bis: hls_check http://127.0.0.1:8080/live/demo/index.m3u8 --seconds 3600");
    std::string url;
    double seconds = 60;
    double late = -1;
    double propagation = 1;
    command.add_option("url", url, "The multivariant playlist")->required();
    command.add_option("--seconds", seconds, "How long");
    command.add_option("--late", late,
                       "The source never pauses: parts and segments may be late by so many seconds, and no more");
    command.add_option("--propagation", propagation, "Seconds until all threads of the server know of what is new");
    std::string tolerated;
    command.add_option("--tolerate", tolerated, "Rules that may be broken: late_part,hint_kept");
    CLI11_PARSE(command, argc, argv);
    const auto address = app::parse_http_url(url);
    if (!address) return fmt::print(stderr, "{}\n", address.error().text), 2;

    const auto of = [](double value) {
        return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(value));
    };
    checker::Follower follower(*address, {.duration = of(seconds),
                                          .rules = {.propagation = of(propagation),
                                                    .late = of(std::max(late, 0.0)),
                                                    .tolerated = checker::rules_named(tolerated)},
                                          .is_steady = late >= 0});
    const bool has_followed = follower.run();
    const checker::Seen& seen = follower.checker().seen();
    fmt::print("{} versions ({} delta updates), {} segments ({} gaps, {} discontinuities), {} objects\n", seen.versions,
               seen.deltas, seen.segments, seen.gaps, seen.breaks, seen.objects);
    for (const auto& [status, count] : follower.refusals())
        fmt::print("{} requests were answered with {}\n", count, status);
    if (const auto& broken = follower.checker().broken()) return fmt::print("BROKEN {}", checker::print(*broken)), 1;
    return has_followed ? 0 : 2;
}

// What one HTTP/2 connection may ask for. Each of these was a way to make servers work or hold memory for nothing: streams that are
// opened and reset at once (CVE-2023-44487), headers that never end (CVE-2024-27316), pings, settings and window updates in floods.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <cstdint>

namespace weir::proto::http {

struct H2Limits {
    base::ByteCount session{32U << 10};
    std::uint32_t streams = 100;
    base::ByteCount ahead{32U << 10};
    base::ByteCount header_block{32U << 10};
    std::uint32_t continuations = 8;
    base::Duration interval = std::chrono::seconds(10);
    std::uint32_t resets = 200;
    std::uint32_t controls = 500;
    std::uint32_t window_updates = 1000;
    base::ByteCount update_worth{2U << 10};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view goes = "GOAWAY, and the connection is closed";
        constexpr std::string_view flood = "weir_http_faults_total{reason=\"flood\"}";
        visit(
            "session", self.session,
            Limit{.what = "bytes of `limits.memory` that an HTTP/2 connection counts for, for the tables of both ends",
                  .at_limit = "what asks for memory is refused when `limits.memory` is reached",
                  .metric = "weir_media_bytes"});
        visit("streams", self.streams,
              Limit{.what = "requests of a connection that are under way; each but the first counts as a connection",
                    .at_limit = "the stream is refused",
                    .metric = "weir_http_streams"});
        visit("ahead", self.ahead,
              Limit{.what = "bytes of an endless answer that wait until the client lets them come",
                    .at_limit = "no more is taken from its log, where it falls behind as any viewer",
                    .metric = "weir_viewer_jumps_total"});
        visit("header_block", self.header_block,
              Limit{.what = "bytes of a request's compressed header", .at_limit = goes, .metric = flood});
        visit("continuations", self.continuations,
              Limit{.what = "CONTINUATION frames of a request's header", .at_limit = goes, .metric = flood});
        visit("interval", self.interval,
              Limit{.what = "what the following are counted in", .at_limit = "the counts begin anew", .metric = flood});
        visit("resets", self.resets,
              Limit{.what = "streams that are reset, by the client or because of it",
                    .at_limit = goes,
                    .metric = "weir_http_faults_total{reason=\"resets\"}"});
        visit("controls", self.controls,
              Limit{.what = "PING, SETTINGS, PRIORITY and other frames that ask for nothing",
                    .at_limit = goes,
                    .metric = flood});
        visit("window_updates", self.window_updates,
              Limit{.what = "WINDOW_UPDATE frames, besides one for each `update_worth` that was sent",
                    .at_limit = goes,
                    .metric = flood});
        visit("update_worth", self.update_worth,
              Limit{.what = "bytes of bodies that pay for one WINDOW_UPDATE", .at_limit = goes, .metric = flood});
    }
};

}  // namespace weir::proto::http

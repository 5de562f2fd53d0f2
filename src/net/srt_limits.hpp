// What one SRT connection may hold. The library keeps packets until they are acknowledged on one side, and until their time has come on the
// other; both are bounded here, and so is what a peer may make it reserve.
#pragma once

#include "base/limits.hpp"

#include <cstdint>

namespace weir::net {

struct SrtLimits {
    base::ByteCount receive{4U << 20};
    base::ByteCount unsent{2U << 20};
    base::Duration unsent_time = std::chrono::seconds(2);
    std::uint32_t window = 32'768;
    std::uint32_t backlog = 128;

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("receive", self.receive,
              Limit{.what = "bytes of one connection that came and whose time has not come, or that nobody reads",
                    .at_limit = "further packets are dropped, and the peer is told how much room there is",
                    .metric = "weir_srt_receive_dropped_total"});
        visit("unsent", self.unsent,
              Limit{.what = "bytes that a peer has not acknowledged",
                    .at_limit = "the viewer is blocked: it falls behind, and jumps",
                    .metric = "weir_viewer_jumps_total"});
        visit("unsent_time", self.unsent_time,
              Limit{.what = "how old those may be",
                    .at_limit = "the viewer is blocked: it falls behind, and jumps",
                    .metric = "weir_viewer_jumps_total"});
        visit("window", self.window,
              Limit{.what = "packets of a flow window that a handshake asks for, which the library reserves memory "
                            "for, or that a "
                            "sender says it has given up",
                    .at_limit = "it is not heard",
                    .metric = "weir_srt_connections"});
        visit("backlog", self.backlog,
              Limit{.what = "connections that wait to be taken in",
                    .at_limit = "further ones are rejected",
                    .metric = "weir_srt_accepted_total"});
    }
};

}  // namespace weir::net

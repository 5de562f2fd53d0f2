// What TLS may spend beside what its connections spend without it, and what it counts.
#pragma once

#include "base/limits.hpp"
#include "base/metrics.hpp"

#include <cstddef>

namespace weir::net {

struct TlsLimits {
    base::ByteCount session{32U << 10};
    base::ByteCount ahead{32U << 10};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("session", self.session,
              Limit{.what = "bytes of `limits.memory` that a TLS connection counts for, for OpenSSL's part of it",
                    .at_limit = "at `limits.memory` newcomers are turned away",
                    .metric = "weir_tls_refused_total"});
        visit("ahead", self.ahead,
              Limit{.what = "bytes that are encrypted at once for one connection; a live viewer: 16KiB",
                    .at_limit = "what the kernel does not take is kept, and counts for `limits.memory`; no more is "
                                "encrypted before it is gone; a peer whose answers come to twice that is cut",
                    .metric = "weir_media_bytes"});
    }
};

struct TlsCounts {
    base::Gauge connections;
    base::Counter handshakes;
    base::Counter resumed;
    base::Counter failed;
    base::Counter refused;

    void fields(this auto& self, auto&& visit) {
        visit("connections", self.connections, "TLS connections that are open.");
        visit("handshakes", self.handshakes, "TLS handshakes that were completed.");
        visit("resumed", self.resumed, "Those of them that took up an earlier session.");
        visit("failed", self.failed, "TLS connections that failed: in the handshake, or by a broken record.");
        visit("refused", self.refused, "TLS connections turned away because memory is full.");
    }
};

}  // namespace weir::net

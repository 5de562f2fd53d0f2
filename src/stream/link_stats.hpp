// What a protocol that counts packets knows of the way between a source and the server. Written by the session, a few times a second; read
// by the API and the metrics. Any thread; no order between values.
#pragma once

#include "base/metrics.hpp"

namespace weir::stream {

struct LinkStats {
    base::Gauge round_trip_us;
    base::Gauge latency_ms;  ///< that packets are held for, so that lost ones may come again
    base::Gauge received;    ///< packets
    base::Gauge lost;
    base::Gauge recovered;  ///< lost ones that came again
    base::Gauge dropped;    ///< lost ones that did not come in time

    /// The packets, named as in the API and the metrics.
    void fields(this auto& self, auto&& visit) {
        visit("received", self.received);
        visit("lost", self.lost);
        visit("recovered", self.recovered);
        visit("dropped", self.dropped);
    }
};

}  // namespace weir::stream

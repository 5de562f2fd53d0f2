// The limits of the supervision of one worker.
#pragma once

#include "base/limits.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace weir::transcode {

/// Most pixels of a picture of now, side by side.
inline constexpr std::uint32_t still_width = 320;

struct Limits {
    base::ByteCount worker_memory{600U << 20};
    base::Duration start = std::chrono::seconds(5);
    base::Duration silence = std::chrono::seconds(3);
    base::Duration stall = std::chrono::seconds(5);
    std::uint32_t faults = 10;
    base::Duration fault_window = std::chrono::minutes(2);
    base::Duration longest_wait = std::chrono::seconds(5);
    base::ByteCount held_bytes{32U << 20};
    base::Duration held_time = std::chrono::seconds(30);
    base::Duration clock_error = std::chrono::minutes(2);
    base::Duration lag = std::chrono::milliseconds(500);
    std::uint32_t lagging_reports = 3;
    base::Duration longest_shed = std::chrono::minutes(5);
    std::uint32_t remarks = 30;
    base::ByteCount still{256U << 10};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view restarts = "weir_worker_restarts_total";
        constexpr std::string_view restarted = "it is killed and started again";
        visit("worker_memory", self.worker_memory,
              Limit{.what = "bytes that a worker keeps resident", .at_limit = restarted, .metric = restarts});
        visit("start", self.start,
              Limit{.what = "from the start of a worker to its first word", .at_limit = restarted, .metric = restarts});
        visit("silence", self.silence,
              Limit{.what = "how long a worker may say nothing", .at_limit = restarted, .metric = restarts});
        visit("stall", self.stall,
              Limit{.what = "how long a worker may do nothing with what it was given",
                    .at_limit = restarted,
                    .metric = restarts});
        visit("faults", self.faults,
              Limit{.what = "ends of a stream's workers in `fault_window`",
                    .at_limit = "its rungs fail; the source plays on",
                    .metric = restarts});
        visit(
            "fault_window", self.fault_window,
            Limit{.what = "what `faults` are counted in", .at_limit = "older ones are forgotten", .metric = restarts});
        visit("longest_wait", self.longest_wait,
              Limit{.what = "from the end of a worker to the start of the next",
                    .at_limit = "the wait grows no further",
                    .metric = restarts});
        visit("held_bytes", self.held_bytes,
              Limit{.what = "packets of the source since its keyframe, held for the next worker",
                    .at_limit = "they go; a new worker waits for the next keyframe",
                    .metric = "weir_slab_bytes"});
        visit("held_time", self.held_time,
              Limit{.what = "stream time of those packets",
                    .at_limit = "they go; a new worker waits for the next keyframe",
                    .metric = "weir_slab_bytes"});
        visit("clock_error", self.clock_error,
              Limit{.what = "how far the times of a worker's packets may be from the source's",
                    .at_limit = restarted,
                    .metric = restarts});
        visit("lag", self.lag,
              Limit{.what = "how far a worker may fall behind",
                    .at_limit = "after some reports of it the highest rung is given up for a while",
                    .metric = "weir_rung_dropped_total"});
        visit("lagging_reports", self.lagging_reports,
              Limit{.what = "reports of lag or drops, one after the other",
                    .at_limit = "the highest rung is given up for a while",
                    .metric = "weir_rung_dropped_total"});
        visit("longest_shed", self.longest_shed,
              Limit{.what = "how long a rung is given up for",
                    .at_limit = "it is tried again",
                    .metric = "weir_rung_dropped_total"});
        visit("remarks", self.remarks,
              Limit{.what = "remarks of a worker in a minute, for the journal",
                    .at_limit = "further ones are not written",
                    .metric = restarts});
        visit("still", self.still,
              Limit{.what = "bytes of a picture of now", .at_limit = restarted, .metric = restarts});
    }
};

}  // namespace weir::transcode

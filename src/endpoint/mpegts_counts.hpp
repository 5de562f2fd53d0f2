// What was wrong with all transport streams that were taken apart, for the metrics: one counter for each of the demultiplexer's faults.
#pragma once

#include "base/metrics.hpp"
#include "format/mpegts_events.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::endpoint {

/// Any thread.
class MpegtsCounts {
  public:
    /// Adds what `now` has more than `before`, which becomes `now`.
    void add(const format::mpegts::Faults& now, format::mpegts::Faults& before) noexcept {
        std::array<std::uint64_t, kinds> old{};
        std::size_t kind = 0;
        before.fields([&](std::string_view, std::uint64_t count) { old[kind++] = count; });
        kind = 0;
        now.fields([&](std::string_view, std::uint64_t count) {
            if (count > old[kind]) counters_[kind].add(count - old[kind]);
            ++kind;
        });
        before = now;
    }
    /// Calls `visit(kind, total)` for each, in order.
    void each(auto&& visit) const {
        std::size_t kind = 0;
        const format::mpegts::Faults none;
        none.fields([&](std::string_view name, std::uint64_t) { visit(name, counters_[kind++].value()); });
    }

  private:
    static constexpr std::size_t kinds = sizeof(format::mpegts::Faults) / sizeof(std::uint64_t);  // each is one
    std::array<base::Counter, kinds> counters_;
};

}  // namespace weir::endpoint

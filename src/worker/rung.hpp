// What the parts of the worker know of one rung: its setup, whether it is wanted, and how it goes.
#pragma once

#include "format/relay.hpp"
#include "worker/timings.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace weir::worker {

struct Rung {
    Rung(format::relay::Rendition number, format::relay::RungSetup how) : rendition(number), setup(std::move(how)) {}

    const format::relay::Rendition rendition;
    const format::relay::RungSetup setup;
    std::atomic<bool> on{true};
    std::atomic<std::uint64_t> frames{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> dropped{0};
    Timings timings;
};

}  // namespace weir::worker

// What a report means for the people who watch, and what to do about it: sentences, the worst first.
#pragma once

#include "app/probe_findings.hpp"

#include <string>
#include <vector>

namespace weir::app {

struct Advice {
    enum class Level : std::uint8_t { bad, notice, good };
    Level level = Level::notice;
    std::string text;
};
[[nodiscard]] std::string_view name(Advice::Level level) noexcept;

/// Measured against the defaults of the configuration: `segment`, `part`.
[[nodiscard]] std::vector<Advice> advice_on(const ProbeReport& report);

}  // namespace weir::app

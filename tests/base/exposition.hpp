// A strict reader of Prometheus text exposition 0.0.4, to hold our writer against: it accepts nothing that a scraper might
// refuse, and checks what the format only asks for in prose (one block per family, HELP before TYPE before samples, legal
// names, no sample twice, cumulative buckets that end in +Inf).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::base {

struct Exposition {
    struct Sample {
        std::string name;
        std::map<std::string, std::string> labels;
        double value = 0;
    };
    struct Family {
        std::string name;
        std::string help;
        std::string type;
        std::vector<Sample> samples;
    };
    std::vector<Family> families;

    [[nodiscard]] const Family* find(std::string_view name) const;
    /// The value of one sample; fails the test when there is not exactly one.
    [[nodiscard]] double value(std::string_view name, const std::map<std::string, std::string>& labels = {}) const;
};

/// Adds a test failure for each thing that is wrong.
[[nodiscard]] Exposition parse_exposition(std::string_view text);

}  // namespace weir::base

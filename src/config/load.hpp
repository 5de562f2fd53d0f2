// From what people write to a `Config`: the YAML file, then WEIR_KEY__SUB variables over it, then --set key.sub=value over
// both. Everything that is wrong is told, not only the first: where, which key, what, and the mend. Pure text in, values out;
// the file and the environment are read by `read_sources`.
#pragma once

#include "config/config.hpp"
#include "config/problem.hpp"

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace weir::config {

/// What a configuration is loaded from.
struct Sources {
    std::string file{};  ///< its name, for messages; empty: there is none
    std::string text{};
    std::vector<std::pair<std::string, std::string>>
        environment{};                    ///< names (those that begin with WEIR_ count) and values
    std::vector<std::string> settings{};  ///< `key.sub=value`, as given to --set
};

[[nodiscard]] std::expected<Config, Problems> load(const Sources& sources);

/// Reads the file (when `file` is not empty) and the WEIR_ variables of this process.
[[nodiscard]] std::expected<Sources, Problem> read_sources(const std::string& file, std::vector<std::string> settings);

}  // namespace weir::config

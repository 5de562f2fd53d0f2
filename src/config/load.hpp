// From what people write to a `Config`: the YAML file, then WEIR_KEY__SUB variables over it, then --set key.sub=value over
// both. Everything that is wrong is told, not only the first: where, which key, what, and the mend. Pure text in, values out;
// the file and the environment are read by `read_sources`.
#pragma once

#include "config/config.hpp"

#include <compare>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::config {

/// What a configuration is loaded from.
struct Sources {
    std::string file; ///< its name, for messages; empty: there is none
    std::string text;
    std::vector<std::pair<std::string, std::string>> environment; ///< WEIR_... variables
    std::vector<std::string> settings;                            ///< `key.sub=value`, as given to --set
};

/// One thing that is wrong.
struct Problem {
    std::string source; ///< the file's name, the variable's, or `--set`
    int line = 0;       ///< from 1; 0 outside of files
    int column = 0;
    std::string key;  ///< `streams.defaults.segment`
    std::string what; ///< "is not a duration"
    std::string mend; ///< "write 6s or 500ms"; may be empty

    /// `weir.yaml:3:14: streams.defaults.segment: "6" has no unit; write 6s or 500ms`
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

[[nodiscard]] std::expected<Config, Problems> load(const Sources& sources);

/// Reads the file (when `file` is not empty) and the WEIR_ variables of this process.
[[nodiscard]] std::expected<Sources, Problem> read_sources(const std::string& file, std::vector<std::string> settings);

/// Files larger than this are refused.
inline constexpr base::ByteCount largest_file = 1_MiB;

} // namespace weir::config

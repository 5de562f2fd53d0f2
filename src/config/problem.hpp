// What is wrong with a configuration, in words a person can act upon.
#pragma once

#include <string>
#include <vector>

namespace weir::config {

struct Problem {
    std::string source{};  ///< the name of the file or of the variable, or `--set`
    int line = 0;          ///< from 1; 0 outside of files
    int column = 0;
    std::string key{};      ///< `streams.defaults.segment`; empty where no key is meant
    std::string what{};     ///< `"6" is not a duration`
    std::string mend{};     ///< `write a number and its unit, as in 6s`; may be empty
    std::string unknown{};  ///< the key below `key` that there is not, where that is what is wrong

    /// One line, safe to print:
    /// `weir.yaml:3:14: streams.defaults.segment: "6" is not a duration; write a number and its unit, as in 6s`
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

}  // namespace weir::config

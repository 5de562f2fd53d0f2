// What a reload changes, key by key, and how each change takes effect: the server applies what can change live and says of
// the rest what it waits for.
#pragma once

#include "config/config.hpp"

#include <string>
#include <vector>

namespace weir::config {

struct ChangedKey {
    std::string section;  ///< `http`
    std::string key;      ///< `http.listen`, `streams.cam/*.ladder`
    std::string from;     ///< as in a file; secrets are not shown; empty where there was none
    std::string to;
    Change change = Change::live;

    friend bool operator==(const ChangedKey&, const ChangedKey&) = default;
};

/// Empty when the two say the same.
[[nodiscard]] std::vector<ChangedKey> difference(const Config& from, const Config& to);

/// When it takes effect, in words: "at once", "when the server restarts".
[[nodiscard]] std::string_view describe(Change change) noexcept;

}  // namespace weir::config

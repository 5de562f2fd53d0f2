// The most memory that the process may come to hold, computed from its configuration and the `Limits` structs: the formula at the end of
// docs/limits.md. Media is counted where it is taken, and whoever takes more of it asks first (base/memory.hpp): what is beyond
// `limits.memory` is one step of each thread. The rest is the most of each thing times how much that may hold besides.
#pragma once

#include "base/units.hpp"
#include "config/config.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// One term of the sum.
struct CeilingTerm {
    std::string_view what;
    std::string_view number;   ///< how many there may be, in words
    std::string_view made_of;  ///< what each may hold, in the names of the limits
    std::uint64_t count = 1;
    base::ByteCount each;
};

[[nodiscard]] std::vector<CeilingTerm> ceiling_terms(const config::Config& config, std::size_t threads);
/// With what an allocator keeps between the pieces.
[[nodiscard]] base::ByteCount memory_ceiling(const config::Config& config, std::size_t threads);
/// What one thread may add to the media in memory between two looks at the limit.
[[nodiscard]] base::ByteCount media_step();

/// In whole mebibytes, rounded up, as in `6107MiB`.
[[nodiscard]] std::string print_mebibytes(base::ByteCount value);
/// The section of docs/limits.md.
[[nodiscard]] std::string ceiling_page();

}  // namespace weir::app

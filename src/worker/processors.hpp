// How many processors there are to use. Asked of the scheduler: the C library's own count opens a file, which the sandbox forbids.
#pragma once

#include <sched.h>

namespace weir::worker {

/// At least 1.
[[nodiscard]] inline unsigned processors() noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    const int count = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? static_cast<unsigned>(count) : 1U;
}

}  // namespace weir::worker

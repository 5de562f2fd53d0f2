// The lock that the worker turns behind itself before it reads a byte of anybody's media: from then on no network, no files, no
// programs, no other processes; memory, threads, clocks, and what is already open. Whatever asks for more is killed by SIGSYS,
// and says on standard error which system call it was. Codecs may still be opened: their libraries are in memory.
// A build with sanitizers leaves the filter out, since they ask for more; everything else is the same there.
#pragma once

#include "base/result.hpp"

#include <initializer_list>

namespace weir::worker {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool sandbox_filters = false;
#else
inline constexpr bool sandbox_filters = true;
#endif
#else
inline constexpr bool sandbox_filters = true;
#endif

/// The profile `codec`, for the whole process, for good. Closes every descriptor but standard error and those of `keep`, and
/// gives up privileges and core dumps. What needs a file (the number of processors, /proc/self/statm, a time zone) is opened or
/// asked before. `io` where the kernel does not have it: a worker that cannot be locked in does not start.
[[nodiscard]] base::Result<void> enter_sandbox(std::initializer_list<int> keep);

}  // namespace weir::worker

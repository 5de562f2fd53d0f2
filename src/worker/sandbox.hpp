// The lock that the worker turns behind itself before it reads a byte of anybody's media: from then on no network, no files, no
// programs, no other processes; memory, threads, clocks, and what is already open. Whatever asks for more is killed by SIGSYS,
// and says on standard error which system call it was. Codecs may still be opened: their libraries are in memory. A worker that
// reads sources has sockets besides, and nowhere to go with them but through its broker (broker.hpp).
// A build with sanitizers leaves the filter out, since they ask for more; everything else is the same there.
#pragma once

#include "base/result.hpp"

#include <initializer_list>
#include <vector>

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

/// What a worker that reads sources has open.
struct IngestDescriptors {
    int server = -1;
    int broker = -1;
    int resident = -1;       ///< /proc/self/statm
    std::vector<int> files;  ///< that are the source
};
/// The profile `ingest`: `codec`, and sockets, which nobody but the broker connects or binds. What libraries try besides (a file of
/// settings, a socket of another kind) is refused, and does not end the process. `with_datagrams`: UDP sockets, too.
[[nodiscard]] base::Result<void> enter_ingest_sandbox(const IngestDescriptors& open, bool with_datagrams);

}  // namespace weir::worker

// A whole conversation with the server, from Hello until the socket closes.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::worker {

/// `socket` is one end of a stream socket pair; it is taken over. `program` is what the server reads in Hello. Returns the
/// status that the process is to end with.
[[nodiscard]] int serve_relay(int socket, std::string_view program);

/// The most memory that the process may have; 0: any. The kernel refuses what is far beyond.
void limit_memory(std::uint64_t bytes) noexcept;
/// Dies with its parent. False where the parent has gone already.
[[nodiscard]] bool bind_to_parent() noexcept;
/// Leaves the processor to the server, and to sources, where there is not enough of it.
void yield_to_the_server() noexcept;

}  // namespace weir::worker

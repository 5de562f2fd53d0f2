// `weir-worker ingest`: reads a source of the server's (an address of FFmpeg's, or files over and over) and hands its packets on in the
// server's payload form, with the source's own times. A conversation begins with Hello and Fetch (docs/relay.md) and ends with Over.
#pragma once

#include <string_view>

namespace weir::worker {

/// `socket` is one end of a stream socket pair; it is taken over. `program` is what the server reads in Hello. Returns the
/// status that the process is to end with.
[[nodiscard]] int serve_ingest(int socket, std::string_view program);

}  // namespace weir::worker

// Who is connected, whatever the protocol: who lists viewers, and can send one away, is a source of sessions (the hub of a shard, an
// endpoint with sockets of its own). Publishers are in the snapshots of their streams. Lives on its shard.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stream {

struct SessionInfo {
    std::string id;        ///< "v-17": of the process, and never of another
    std::string protocol;  ///< "flv"
    std::string peer;      ///< "192.0.2.7:50112"; empty where it is not known
    std::string stream;    ///< "live/demo"
    std::string rung;
    std::uint64_t bytes = 0;  ///< sent
};

class SessionSource {
  public:
    virtual ~SessionSource() = default;
    /// Appends everybody.
    virtual void list_sessions(std::vector<SessionInfo>& into) const = 0;
    /// Sends one away. False: there is none of that id here.
    virtual bool end_session(std::string_view id) = 0;
};

}  // namespace weir::stream

// What a viewer may say while it is sent a log: a protocol's reader of it (WebSocket pings, say), which a broadcaster feeds with what
// the socket brings. Answers go between two messages of the log. Until an answer is out nothing more is read, so nobody can make
// answers pile up. Lives on its shard.
#pragma once

#include "base/bytes.hpp"

namespace weir::net {

class ViewerInput {
  public:
    struct Answer {
        base::Bytes bytes{};
        bool ends = false;  ///< the viewer is closed after them
    };

    virtual ~ViewerInput() = default;
    /// Takes all of `bytes`; those of the answer are bounded by what it takes in.
    virtual Answer receive(base::ByteView bytes) = 0;
    /// The log has ended, and the viewer has it all: what it is told before it is closed.
    virtual base::Bytes farewell() = 0;
};

}  // namespace weir::net

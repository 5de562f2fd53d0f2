// The other direction of a viewer whose protocol has one (RTMP): what it says while it is sent a log, and what it is told for itself. That
// goes out between two messages of the log. A broadcaster owns one for each such viewer and calls it on its shard; it never waits.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace weir::net {

class ViewerInbox {
  public:
    enum class Wish : std::uint8_t {
        none,
        pause,  ///< nothing more from the log
        play,   ///< the log again, from the newest join point
        leave,  ///< the connection closes behind the answer
    };
    struct Reply {
        base::Bytes words;  ///< what it is told; empty when there is nothing
        Wish wish = Wish::none;
    };

    virtual ~ViewerInbox() = default;
    /// Something has come: a few KiB at most.
    [[nodiscard]] virtual Reply receive(base::ByteView said, base::Now now) = 0;
    /// What stands behind the last message of a log that has ended.
    [[nodiscard]] virtual base::Bytes farewell() = 0;
    /// How many bytes of words it may leave unread.
    [[nodiscard]] virtual std::size_t most_unread() const noexcept = 0;
};

}  // namespace weir::net

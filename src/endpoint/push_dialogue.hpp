// What one protocol says on the way to a push and after it: the words, and nothing of sockets. `tcp_push` connects, carries its words, and
// gives the socket to the hub once it is ready; from then on the same dialogue is what the target hears and says between two messages of
// the log. Lives on its shard.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "stream/push_plan.hpp"
#include "stream/viewers.hpp"
#include "stream/wire_log.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weir::endpoint {

struct PushFailure {
    stream::PushEnd how = stream::PushEnd::transient;
    std::string reason;  ///< for people; may quote the target
};

/// What an end in the words of a protocol means to who tries again.
[[nodiscard]] constexpr stream::PushEnd push_end_of(base::ErrorKind kind) noexcept {
    if (kind == base::ErrorKind::unsupported) return stream::PushEnd::impossible;
    return kind == base::ErrorKind::refused ? stream::PushEnd::refused : stream::PushEnd::transient;
}

class PushDialogue {
  public:
    struct Target {
        std::string host;
        std::uint16_t port = 0;
        bool tls = false;
    };

    virtual ~PushDialogue() = default;
    [[nodiscard]] virtual Target target() const = 0;
    /// Before anything is connected. A failure is the end, here as below.
    [[nodiscard]] virtual std::optional<PushFailure> prepare() { return {}; }
    /// The connection is there.
    [[nodiscard]] virtual std::optional<PushFailure> begin(base::Instant now) = 0;
    /// What the target said; empty where nothing came.
    [[nodiscard]] virtual std::optional<PushFailure> receive(base::ByteView bytes, base::Instant now) = 0;
    [[nodiscard]] virtual std::optional<PushFailure> tick(base::Instant now) = 0;
    [[nodiscard]] virtual base::Bytes take_output() = 0;
    /// The target takes the stream.
    [[nodiscard]] virtual bool is_ready() const = 0;
    /// The last word before the log, or why that cannot be sent to this target.
    [[nodiscard]] virtual std::optional<PushFailure> conclude() = 0;
    [[nodiscard]] virtual const stream::WireFormat& format() const = 0;
    [[nodiscard]] virtual stream::ViewerProtocol protocol() const = 0;
    /// Says goodbye.
    virtual void finish() = 0;
};

}  // namespace weir::endpoint

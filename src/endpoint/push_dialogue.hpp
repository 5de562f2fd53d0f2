// What one protocol says on the way to a push and after it: the words, and nothing of the connection. `tcp_push` connects, carries its
// words, and gives the socket to the hub once it is ready; from then on the same dialogue is what the target hears and says between two
// messages of the log. Where media takes another way, the dialogue sends it, and the connection goes on as it was. Lives on its shard.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "endpoint/pusher.hpp"
#include "stream/push_plan.hpp"
#include "stream/viewers.hpp"
#include "stream/wire_log.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <functional>
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

    /// The connection: this end of it, and the target's.
    struct Ends {
        boost::asio::ip::address local;
        boost::asio::ip::address target;
    };

    virtual ~PushDialogue() = default;
    [[nodiscard]] virtual Target target() const = 0;
    /// Before anything is connected. A failure is the end, here as below.
    [[nodiscard]] virtual std::optional<PushFailure> prepare() { return {}; }
    /// The connection is there.
    [[nodiscard]] virtual std::optional<PushFailure> begin(const Ends& ends, base::Instant now) = 0;
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
    /// Once it is ready: media does not go over the connection.
    [[nodiscard]] virtual bool goes_apart() const { return false; }
    /// Then it begins here, until `finish`. `ended`: nothing more comes of the stream.
    virtual void send_apart(const PushOrder& order, std::function<void()> ended) { (void)order, (void)ended; }
    /// So far, in its own way.
    [[nodiscard]] virtual std::uint64_t sent_apart() const { return 0; }
    /// Says goodbye.
    virtual void finish() = 0;
};

}  // namespace weir::endpoint

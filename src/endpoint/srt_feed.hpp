// From the log of a rendition to an SRT connection, a player's or that of a server it is pushed to. The hub sees a viewer like any other: a
// socket, which is one end of a pair; here the other end is read, cut into messages and sent. So an SRT viewer is an offset too, it jumps
// when it falls behind, and it holds no more than the library's buffer and one read. Lives on its shard.
#pragma once

#include "base/result.hpp"
#include "net/broadcast_hub.hpp"
#include "net/http_place.hpp"
#include "net/srt_poller.hpp"
#include "net/srt_socket.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::endpoint {

/// What is fed: a rendition, in a format whose messages are whole packets of a transport stream.
struct SrtProgram {
    std::shared_ptr<stream::Stream> stream;
    std::string rung;
    const stream::WireFormat& format;
    stream::ViewerCount& viewers;
    net::HttpPlace place;
    base::Instant asked;
};

class SrtFeed {
  public:
    /// `socket` is connected, and nobody watches it.
    SrtFeed(net::Shard& shard, net::SrtPoller& poller, net::SrtSocket socket, const net::SrtLimits& limits = {});
    ~SrtFeed();
    SrtFeed(const SrtFeed&) = delete;
    SrtFeed& operator=(const SrtFeed&) = delete;

    /// Joins the log. Once. Fails with `io` where the machine has no sockets left.
    [[nodiscard]] base::Result<void> begin(net::BroadcastHub& hub, SrtProgram program);
    /// About ten times a second.
    void tick(base::Now now);
    /// At once.
    void end(std::string_view reason);
    [[nodiscard]] bool is_over() const noexcept { return !socket_.is_open(); }
    /// The log ended, and the other side has all of it.
    [[nodiscard]] bool has_had_all() const noexcept { return emptied_at_.has_value(); }
    /// Why it is over.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
    [[nodiscard]] net::SrtSocket& socket() noexcept { return socket_; }

  private:
    void hear();
    void pump();
    [[nodiscard]] bool send(std::size_t size);
    [[nodiscard]] bool is_congested() const noexcept;
    void wait_for_more();
    void say_farewell(base::Instant now);

    net::Shard& shard_;
    net::SrtPoller& poller_;
    net::SrtSocket socket_;
    const net::SrtLimits limits_;
    boost::asio::posix::stream_descriptor source_;  ///< our end of the pair
    bool waits_ = false;                            ///< for the source
    bool is_watched_ = false;                       ///< by the poller

    // What was read and is not sent yet: from `first_` to `last_`.
    static constexpr std::size_t buffer_size = 16 * net::SrtSocket::message_size;
    std::array<std::uint8_t, buffer_size> buffer_{};
    std::size_t first_ = 0;
    std::size_t last_ = 0;

    std::optional<base::Instant> ended_at_;    ///< nothing more comes of the log
    std::optional<base::Instant> emptied_at_;  ///< and all of it has been acknowledged
    std::string reason_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::endpoint

// A player over RTMP: what it asked for, and, once its socket belongs to the hub, what it says and is told between two messages of
// the log. It owns the machine of its connection. Lives on its shard.
#pragma once

#include "endpoint/rtmp.hpp"
#include "net/viewer_inbox.hpp"
#include "proto/rtmp/server_connection.hpp"

#include <expected>
#include <memory>
#include <string>

namespace weir::endpoint {

/// What can be played, and a place to play it.
struct RtmpPlay {
    std::shared_ptr<stream::Stream> stream;
    std::string rung;
    net::HttpPlace place;
    base::Instant asked;
};

/// How long a player waits for a stream whose source is being fetched.
inline constexpr base::Duration longest_expectation = std::chrono::seconds(15);

struct RtmpPlayRefusal {
    proto::rtmp::Refusal refusal;
    std::string text;
    bool may_come = false;  ///< its source is being fetched: asked again in a moment, the answer may be another
};

/// `is_expected`: it was asked for before, and may come.
[[nodiscard]] std::expected<RtmpPlay, RtmpPlayRefusal> find_play(const RtmpService& service, net::Shard& shard,
                                                                 const proto::rtmp::PlayRequest& request,
                                                                 base::Instant now, bool is_expected = false);

class RtmpPlayer final : public net::ViewerInbox {
  public:
    /// `machine` plays; its output has been taken.
    RtmpPlayer(proto::rtmp::ServerConnection machine, std::shared_ptr<RtmpService> service, base::Log log);
    ~RtmpPlayer() override;
    RtmpPlayer(const RtmpPlayer&) = delete;
    RtmpPlayer& operator=(const RtmpPlayer&) = delete;

    [[nodiscard]] Reply receive(base::ByteView said, base::Now now) override;
    [[nodiscard]] base::Bytes farewell() override;
    [[nodiscard]] std::size_t most_unread() const noexcept override { return service_->limits.unsent.bytes(); }

  private:
    proto::rtmp::ServerConnection machine_;
    const std::shared_ptr<RtmpService> service_;
    base::Log log_;
    std::string reason_ = "the connection was lost";
};

}  // namespace weir::endpoint

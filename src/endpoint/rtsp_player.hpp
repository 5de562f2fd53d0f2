// A player over RTSP: what can be played, how it is described, and, once its socket belongs to the hub, what it says and is told between
// two messages of the log. It owns the machine of its connection. Lives on its shard.
#pragma once

#include "endpoint/rtsp.hpp"
#include "net/viewer_inbox.hpp"
#include "proto/rtsp/server_connection.hpp"

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weir::endpoint {

struct RtspRefusal {
    proto::rtsp::Refusal refusal;
    std::string text;
};

/// What was found of what is asked for.
struct RtspPlay {
    std::shared_ptr<stream::Stream> stream;
    std::string rung;
    std::string description;  ///< SDP
    std::vector<proto::rtsp::TrackOffer> tracks;
    std::vector<std::uint32_t> track_ids;  ///< in the same order
};

[[nodiscard]] std::expected<RtspPlay, RtspRefusal> find_play(const RtspService& service,
                                                             const proto::rtsp::PlayRequest& request);
/// The log that has the tracks that were set up.
[[nodiscard]] const stream::WireFormat& format_of(const RtspService& service, const RtspPlay& play,
                                                  std::span<const proto::rtsp::TrackSetup> tracks);

/// Which track of the session the log's channels belong to, by channel / 2; SIZE_MAX: none.
[[nodiscard]] std::vector<std::size_t> tracks_by_line(const RtspPlay& play,
                                                      std::span<const proto::rtsp::TrackSetup> tracks);

class RtspPlayer final : public net::ViewerInbox {
  public:
    /// `machine` plays; its output has been taken.
    RtspPlayer(proto::rtsp::ServerConnection machine, std::shared_ptr<RtspService> service, base::Log log);
    ~RtspPlayer() override;
    RtspPlayer(const RtspPlayer&) = delete;
    RtspPlayer& operator=(const RtspPlayer&) = delete;

    [[nodiscard]] Reply receive(base::ByteView said, base::Now now) override;
    [[nodiscard]] base::Bytes farewell() override;
    [[nodiscard]] std::size_t most_unread() const noexcept override { return service_->limits.unsent.bytes(); }

  private:
    proto::rtsp::ServerConnection machine_;
    const std::shared_ptr<RtspService> service_;
    base::Log log_;
    std::string reason_ = "the connection was lost";
};

}  // namespace weir::endpoint

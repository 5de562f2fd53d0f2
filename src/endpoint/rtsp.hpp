// RTSP on sockets: takes publishers in and hands their media to streams, and players, who are sent a log. One session per connection, on
// one shard from accept to close; what a session owns is bounded by its machine's limits, the sessions that neither publish nor play
// yet by a count, and players by the limit of all viewers.
#pragma once

#include "base/journal.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "config/config.hpp"
#include "net/broadcast_hub.hpp"
#include "net/http_place.hpp"
#include "net/shard_value.hpp"
#include "net/shards.hpp"
#include "net/tls_limits.hpp"
#include "net/transport.hpp"
#include "stream/registry.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::endpoint {

struct RtspLimits {
    std::size_t waiting = 1000;
    base::ByteCount unsent{64U << 10};
    std::size_t udp_tracks = 4000;

    void fields(this auto& self, auto&& visit) {
        visit("waiting", self.waiting,
              base::Limit{.what = "connections that neither publish nor play yet",
                          .at_limit = "the oldest of them is closed",
                          .metric = "weir_rtsp_refused_total"});
        visit("unsent", self.unsent,
              base::Limit{.what = "answers that a peer does not read",
                          .at_limit = "the connection is closed",
                          .metric = "weir_rtsp_closed_total"});
        visit("udp_tracks", self.udp_tracks,
              base::Limit{.what = "tracks over UDP at one time, each with two ports",
                          .at_limit = "further ones are refused with 461, and clients try TCP",
                          .metric = "weir_rtsp_udp_tracks"});
    }
};

struct RtspCounts {
    base::Counter accepted;
    base::Counter refused;
    base::Counter publications;
    base::Counter players;
    base::Counter closed;
    base::Counter received_bytes;
    base::Gauge connections;
    base::Gauge publishing;
    base::Gauge playing;

    void fields(this auto& self, auto&& visit) {
        visit("accepted", self.accepted, "RTSP connections accepted.");
        visit("refused", self.refused,
              "RTSP requests that were refused, and connections closed early because too many did nothing yet.");
        visit("publications", self.publications, "RTSP publications that began.");
        visit("players", self.players, "RTSP players that came.");
        visit("closed", self.closed, "RTSP connections that ended.");
        visit("received_bytes", self.received_bytes, "Bytes received over RTSP connections.");
        visit("connections", self.connections, "RTSP connections that are open, those of players over TCP excepted.");
        visit("publishing", self.publishing, "RTSP connections that publish.");
        visit("playing", self.playing, "RTSP connections that play.");
    }
};

/// Of tracks over UDP, whoever's they are: publishers', players', of sources that are fetched and of pushes. Those who have such tracks
/// share it. Any thread.
struct RtspUdp {
    const std::size_t most = RtspLimits{}.udp_tracks;
    base::Gauge tracks{};
    base::Counter sent{};
    base::Counter dropped{};
    base::Counter strangers{};

    void fields(this auto& self, auto&& visit) {
        visit("tracks", self.tracks, "Tracks that go over UDP.");
        visit("sent", self.sent, "Datagrams sent to players and targets.");
        visit("dropped", self.dropped, "Datagrams for players and targets that a socket had no room for.");
        visit("strangers", self.strangers, "Datagrams that came from elsewhere than the peer, or were too long.");
    }
};

/// What came of the packets of publishers, or of sources that are fetched; added up over all of them.
struct RtpCounts {
    base::Counter packets;
    base::Counter packets_lost;
    base::Counter packets_reordered;
    base::Counter packets_refused;
    base::Counter groups_damaged;
    base::Counter frames_dropped;

    void fields(this auto& self, auto&& visit) {
        visit("packets", self.packets, "RTP packets received.");
        visit("packets_lost", self.packets_lost, "RTP packets that did not come in time.");
        visit("packets_reordered", self.packets_reordered, "RTP packets that waited for an earlier one.");
        visit("packets_refused", self.packets_refused, "Datagrams and payloads that could not be understood.");
        visit("groups_damaged", self.groups_damaged,
              "Groups of pictures (or stretches of sound) that were dropped from a loss on.");
        visit("frames_dropped", self.frames_dropped, "Frames that were incomplete, or in need of one that was.");
    }
};

/// A log for each choice of tracks; outlive the shards.
struct RtspFormats {
    const stream::WireFormat& both;
    const stream::WireFormat& picture;
    const stream::WireFormat& sound;
};

/// What an RTSP endpoint stands on. Everything that is referred to outlives the shards.
struct RtspSurroundings {
    /// Whether the peer may publish with this token; the error's text is told to it.
    using Access = std::function<base::Result<void>(const config::Config&, const boost::asio::ip::address& peer,
                                                    std::string_view token)>;
    /// A place among the viewers of all protocols; nothing where there is none.
    using TakePlace = std::function<std::optional<net::HttpPlace>(net::Shard&)>;
    stream::Registry& registry;
    const net::ShardValue<config::Config>& config;
    Access access;
    base::Log log;
    /// One per shard, by its index.
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
    RtspFormats formats;
    TakePlace take_place;
};

/// What all sessions share. Only the counters change.
struct RtspService {
    RtspSurroundings around;
    RtspLimits limits;
    RtspCounts counts{};
    RtpCounts rtp{};
    const std::shared_ptr<RtspUdp> udp = std::make_shared<RtspUdp>(limits.udp_tracks);
    net::TlsCounts tls{};
};

class DatagramHub;

class RtspEndpoint {
  public:
    /// What a session reads at once.
    static constexpr std::size_t input_size = 64 << 10;

    RtspEndpoint(net::Shards& shards, RtspSurroundings surroundings, RtspLimits limits = {});
    /// Once the shards have stopped, and before they are destroyed.
    ~RtspEndpoint();

    /// Serves a connection that was just accepted. On its shard.
    void serve(net::Shard& shard, boost::asio::ip::tcp::socket socket);
    /// The same over TLS, with the certificate that is in force now. Turned away while memory is full.
    void serve(net::Shard& shard, boost::asio::ip::tcp::socket socket, net::TlsContextRef context);
    /// Ends every session. Any thread; over within a second or so.
    void close();
    [[nodiscard]] const RtspCounts& counts() const noexcept { return service_->counts; }
    /// What tracks over UDP share, and who sends them on a shard.
    [[nodiscard]] const std::shared_ptr<RtspUdp>& udp() const noexcept { return service_->udp; }
    [[nodiscard]] DatagramHub& datagrams(const net::Shard& shard) const;
    [[nodiscard]] const RtpCounts& rtp_counts() const noexcept { return service_->rtp; }
    [[nodiscard]] const net::TlsCounts& tls_counts() const noexcept { return service_->tls; }

  private:
    struct ShardSessions;

    void serve(net::Shard& shard, net::Transport transport);

    net::Shards& shards_;
    std::shared_ptr<RtspService> service_;
    std::vector<std::shared_ptr<ShardSessions>> by_shard_;
};

}  // namespace weir::endpoint

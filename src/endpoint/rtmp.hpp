// RTMP on sockets: takes publishers in and hands their media to streams, and players, whose sockets it hands to the hubs. One
// session per connection, on one shard from accept to close; what a session owns is bounded by its machine's limits, the sessions
// that neither publish nor play yet by a count, and players by the limit of all viewers.
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

struct RtmpLimits {
    std::size_t waiting = 1000;
    base::ByteCount unsent{64U << 10};

    void fields(this auto& self, auto&& visit) {
        visit("waiting", self.waiting,
              base::Limit{.what = "connections that neither publish nor play yet",
                          .at_limit = "the oldest of them is closed",
                          .metric = "weir_rtmp_refused_total"});
        visit("unsent", self.unsent,
              base::Limit{.what = "answers that a peer does not read",
                          .at_limit = "the connection is closed",
                          .metric = "weir_rtmp_closed_total"});
    }
};

struct RtmpCounts {
    base::Counter accepted;
    base::Counter refused;
    base::Counter publications;
    base::Counter players;
    base::Counter closed;
    base::Counter media_refused;
    base::Counter received_bytes;
    base::Counter reads;
    base::Gauge connections;
    base::Gauge publishing;
    base::Gauge playing;

    void fields(this auto& self, auto&& visit) {
        visit("accepted", self.accepted, "RTMP connections accepted.");
        visit("refused", self.refused, "RTMP connections closed early because too many neither published nor played.");
        visit("publications", self.publications, "RTMP publications that began.");
        visit("players", self.players, "RTMP players that came.");
        visit("closed", self.closed, "RTMP connections that ended.");
        visit("media_refused", self.media_refused, "Messages of media that could not be understood or taken.");
        visit("received_bytes", self.received_bytes, "Bytes received over RTMP.");
        visit("reads", self.reads,
              "Reads that brought them: one for each packet where somebody follows, else for several.");
        visit("connections", self.connections, "RTMP connections that are open, those of players excepted.");
        visit("publishing", self.publishing, "RTMP connections that publish.");
        visit("playing", self.playing, "RTMP connections that play.");
    }
};

/// What an RTMP endpoint stands on. Everything that is referred to outlives the shards.
struct RtmpSurroundings {
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
    const stream::WireFormat& format;
    TakePlace take_place;
};

/// What all sessions share. Only the counters change.
struct RtmpService {
    RtmpSurroundings around;
    RtmpLimits limits;
    RtmpCounts counts{};
    net::TlsCounts tls{};
};

class RtmpEndpoint {
  public:
    /// What a session reads at once.
    static constexpr std::size_t input_size = 64 << 10;

    RtmpEndpoint(net::Shards& shards, RtmpSurroundings surroundings, RtmpLimits limits = {});
    /// Once the shards have stopped, and before they are destroyed.
    ~RtmpEndpoint();

    /// Serves a connection that was just accepted. On its shard.
    void serve(net::Shard& shard, boost::asio::ip::tcp::socket socket);
    /// The same over TLS, with the certificate that is in force now. Turned away while memory is full.
    void serve(net::Shard& shard, boost::asio::ip::tcp::socket socket, net::TlsContextRef context);
    /// Tells every publisher that the server goes, and closes. Any thread; over within a second or so.
    void close();
    [[nodiscard]] const RtmpCounts& counts() const noexcept { return service_->counts; }
    [[nodiscard]] const net::TlsCounts& tls_counts() const noexcept { return service_->tls; }

  private:
    struct ShardSessions;

    void serve(net::Shard& shard, net::Transport transport);

    net::Shards& shards_;
    std::shared_ptr<RtmpService> service_;
    std::vector<std::shared_ptr<ShardSessions>> by_shard_;
};

}  // namespace weir::endpoint

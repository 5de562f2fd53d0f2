// SRT on sockets: takes publishers in, whose transport streams are taken apart and handed to streams, and sends players the log of a
// rendition as a transport stream. Who calls is judged in the handshake (srt_gate.hpp), where it can be told why not. One session per
// connection, on one shard from accept to close.
#pragma once

#include "base/journal.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "config/config.hpp"
#include "endpoint/contribution.hpp"
#include "endpoint/mpegts_counts.hpp"
#include "net/broadcast_hub.hpp"
#include "net/http_place.hpp"
#include "net/shard_value.hpp"
#include "net/shards.hpp"
#include "net/srt_listener.hpp"
#include "net/srt_poller.hpp"
#include "proto/srt/rejection.hpp"
#include "proto/srt/stream_id.hpp"
#include "stream/registry.hpp"

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::endpoint {

struct SrtEndpointLimits {
    std::uint32_t connections = 200;

    void fields(this auto& self, auto&& visit) {
        visit("connections", self.connections,
              base::Limit{.what = "SRT connections, those of publishers and of players",
                          .at_limit = "further ones are rejected (code 1402)",
                          .metric = "weir_srt_rejected_total"});
    }
};

struct SrtCounts {
    base::Counter accepted;
    base::CountersBy<proto::srt::Rejection, proto::srt::Rejection::unavailable> rejected{"reason"};
    base::Counter publications;
    base::Counter players;
    base::Counter closed;
    base::Counter media_refused;
    base::Counter received_bytes;
    base::Counter received_packets;
    base::Counter received_lost;
    base::Counter received_recovered;
    base::Counter receive_dropped;
    base::Counter sent_packets;
    base::Counter sent_lost;
    base::Counter retransmitted;
    base::Gauge connections;
    base::Gauge publishing;
    base::Gauge playing;

    void fields(this auto& self, auto&& visit) {
        visit("accepted", self.accepted, "SRT connections accepted.");
        visit("rejected", self.rejected, "SRT connections rejected in the handshake, by reason.");
        visit("publications", self.publications, "SRT publications that began.");
        visit("players", self.players, "SRT players that came.");
        visit("closed", self.closed, "SRT connections that ended.");
        visit("media_refused", self.media_refused, "Media over SRT that could not be taken.");
        visit("received_bytes", self.received_bytes, "Bytes of media received over SRT.");
        visit("received_packets", self.received_packets, "Packets received over SRT, repeated ones included.");
        visit("received_lost", self.received_lost, "Packets of publishers that were lost on the way.");
        visit("received_recovered", self.received_recovered, "Lost packets of publishers that came again.");
        visit("receive_dropped", self.receive_dropped,
              "Lost packets of publishers that did not come again in time, or for which there was no room.");
        visit("sent_packets", self.sent_packets, "Packets sent over SRT, repeated ones included.");
        visit("sent_lost", self.sent_lost, "Packets to players that were lost on the way.");
        visit("retransmitted", self.retransmitted, "Packets sent to players again.");
        visit("connections", self.connections, "SRT connections that are open.");
        visit("publishing", self.publishing, "SRT connections that publish.");
        visit("playing", self.playing, "SRT connections that play.");
    }
};

/// Why somebody is not let in.
struct SrtRefusal {
    proto::srt::Rejection rejection;
    std::string text;
};

/// What an SRT endpoint stands on. Everything that is referred to outlives the shards.
struct SrtSurroundings {
    /// Whether the peer may publish with this token; the error's text is told to the journal.
    using Access = std::function<base::Result<void>(const config::Config&, const boost::asio::ip::address& peer,
                                                    std::string_view token)>;
    /// A place among the viewers of all protocols; nothing where there is none.
    using TakePlace = std::function<std::optional<net::HttpPlace>(net::Shard&)>;
    ContributionSurroundings publishing;
    net::SrtPoller& poller;
    Access access;
    /// One per shard, by its index.
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
    const stream::WireFormat& format;
    TakePlace take_place;
};

/// What all sessions share. Only the counters change, and the configuration that the gate goes by.
struct SrtService {
    SrtSurroundings around;
    SrtEndpointLimits limits;
    SrtCounts counts{};
    MpegtsCounts faults{};
    std::atomic<config::ConfigRef>
        config{};  ///< for the library's threads, which are no shards; as new as the last tick

    [[nodiscard]] stream::Registry& registry() const noexcept { return around.publishing.registry; }
    [[nodiscard]] const base::Log& log() const noexcept { return around.publishing.log; }
};

class SrtEndpoint {
  public:
    /// On `shards`, with the configuration as it is.
    SrtEndpoint(net::Shards& shards, SrtSurroundings surroundings, config::ConfigRef config,
                SrtEndpointLimits limits = {});
    /// Once the shards have stopped, and before they are destroyed.
    ~SrtEndpoint();

    /// The two halves of a listener. The first on any thread, the second on the connection's shard.
    [[nodiscard]] net::SrtListener::Verdict admit(const net::SrtListener::Caller& caller);
    void serve(net::Shard& shard, net::SrtSocket socket);

    /// Ends every session. Any thread; over within a second or so.
    void close();
    [[nodiscard]] const SrtCounts& counts() const noexcept { return service_->counts; }
    [[nodiscard]] const MpegtsCounts& faults() const noexcept { return service_->faults; }

  private:
    struct ShardSessions;

    void tell(const net::SrtListener::Caller& caller, const proto::srt::Request* request,
              const SrtRefusal& refusal) const;

    net::Shards& shards_;
    std::shared_ptr<SrtService> service_;
    std::vector<std::shared_ptr<ShardSessions>> by_shard_;
};

}  // namespace weir::endpoint

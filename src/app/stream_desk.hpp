// What operators do with streams while the server runs, composed: a thread of its own, which may wait for a disk; the book of what they
// have set; and restreaming. A protocol that streams can be sent by is a row in `push_schemes`.
#pragma once

#include "api/control.hpp"
#include "api/sessions.hpp"
#include "api/stream_book.hpp"
#include "base/journal.hpp"
#include "base/metrics_writer.hpp"
#include "config/overlay.hpp"
#include "endpoint/pushes.hpp"
#include "endpoint/rtmp_push.hpp"
#include "endpoint/rtsp_push.hpp"
#include "endpoint/srt_push.hpp"
#include "net/broadcast_hub.hpp"
#include "net/shard_value.hpp"
#include "net/shards.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <vector>

namespace weir::app {

class StreamDesk {
  public:
    /// Everything that is referred to outlives it.
    struct Surroundings {
        net::Shards& shards;
        stream::Registry& registry;
        net::ShardValue<config::Config>& config;  ///< set from here on by this alone
        const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs;
        net::SrtPoller& srt;
        endpoint::DatagramHubs datagrams;
        base::Log log;
    };

    /// `file` is the configuration file's. What lies over it is in force when this returns.
    StreamDesk(Surroundings around, config::ConfigRef file);
    /// Once the shards have stopped, and the hubs are gone.
    ~StreamDesk();
    StreamDesk(const StreamDesk&) = delete;
    StreamDesk& operator=(const StreamDesk&) = delete;

    /// They refer to it.
    [[nodiscard]] std::vector<net::Route> routes() const;
    [[nodiscard]] const net::ShardValue<config::Overlay>& overlay() const noexcept { return overlay_; }
    /// The configuration file was loaded again. Any thread.
    void reload(config::ConfigRef file);
    /// Ends its thread.
    void stop() { threads_.stop(); }
    void add_counts(base::MetricsWriter& writer) const;

  private:
    [[nodiscard]] api::StreamBook::Surroundings book_surroundings();
    void tell_streams(const config::ConfigRef& now) const;

    const Surroundings around_;
    net::Shards threads_{1};
    net::ShardValue<config::Overlay> overlay_;
    std::shared_ptr<endpoint::TcpPushService> tcp_;
    endpoint::Pushes pushes_;
    api::StreamBook book_;
    api::ControlSurroundings control_;
    api::SessionSurroundings sessions_;
};

}  // namespace weir::app

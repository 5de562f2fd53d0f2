// One RTSP connection on its shard: socket to machine, machine to media, media to the stream. The socket of a player over TCP goes to the
// hub, and its machine with it; over UDP packets come and go by ports of their own. The reading coroutine stops while the machine waits for an answer and while the source is ahead of real
// time; a tick of the shard drives deadlines.
#pragma once

#include "endpoint/contribution.hpp"
#include "endpoint/rtsp.hpp"
#include "endpoint/rtsp_datagrams.hpp"
#include "endpoint/rtsp_legs.hpp"
#include "endpoint/rtsp_player.hpp"
#include "endpoint/rtsp_source.hpp"
#include "net/transport.hpp"
#include "proto/rtsp/server_connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace weir::endpoint {

class RtspSession {
  public:
    /// The shard's; they outlive the session. Nothing in `scratch` outlives a read.
    struct Tools {
        net::Scratch& scratch;
        DatagramHub& datagrams;
    };

    RtspSession(net::Shard& shard, net::Transport transport, Tools tools, std::shared_ptr<RtspService> service,
                std::string id);
    ~RtspSession();

    /// Until the connection is over. `self` keeps the session.
    static boost::asio::awaitable<void> run(std::shared_ptr<RtspSession> self);
    /// Deadlines, packets that are given up, answers that did not fit, troubles to tell. About ten times a second.
    void tick(base::Now now);
    /// Ends the session.
    void stop(std::string_view reason);
    /// At once, without a word.
    void close();

    /// It publishes or plays.
    [[nodiscard]] bool is_busy() const noexcept { return is_counted_ || is_handed_over_ || viewing_ != nullptr; }
    [[nodiscard]] bool is_open() const noexcept { return transport_.is_open(); }

  private:
    [[nodiscard]] boost::asio::awaitable<bool> read();
    [[nodiscard]] boost::asio::awaitable<bool> discard();
    [[nodiscard]] bool is_paused(base::Instant now) const noexcept { return waiting_ || pause_.expiry() > now; }
    void hold_back(base::Now now);
    void drain(base::Now now);
    void handle(proto::rtsp::PublishRequested& event, base::Now now);
    void handle(proto::rtsp::PlayRequested& event, base::Now now);
    void handle(proto::rtsp::DatagramsRequested& event, base::Now now);
    void handle(proto::rtsp::StartRequested& event, base::Now now);
    void handle(proto::rtsp::Paused& event, base::Now now);
    void handle(proto::rtsp::Media& event, base::Now now);
    void handle(proto::rtsp::Closed& event, base::Now now);
    void start_publishing(base::Now now);
    void start_playing(base::Now now);
    void settle(const base::Result<void>& answer);
    void refuse(proto::rtsp::Refusal refusal, std::string_view text, base::Now now);
    void pass_media(base::Now now);
    void report(base::Now now);
    void leave(std::string_view reason, base::Now now);
    void hand_over(base::Now now);
    void send_datagrams();
    void hear();
    void end(std::string_view reason, base::Now now);
    void flush();

    net::Shard& shard_;
    net::Transport transport_;
    net::Scratch& scratch_;
    DatagramHub& datagrams_;
    boost::asio::steady_timer pause_;  ///< reading waits on it
    const std::shared_ptr<RtspService> service_;
    const std::string id_;
    boost::asio::ip::tcp::endpoint peer_;
    base::Log log_;

    proto::rtsp::ServerConnection machine_;
    bool waiting_ = false;  ///< for the stream to take the publication
    bool draining_ = false;
    bool over_ = false;        ///< the last words are said, or being sent
    base::Instant over_at_{};  ///< since when
    std::string unsent_;
    bool has_said_end_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    // Of a publisher.
    base::StreamId stream_;
    std::string client_;
    stream::Rank rank_ = stream::Rank::source;
    base::Duration timeout_{};  ///< of the stream that is asked for
    std::unique_ptr<RtspSource> source_;
    std::unique_ptr<Contribution> contribution_;
    bool is_counted_ = false;  ///< among those that publish

    // Of a player.
    std::optional<RtspPlay> play_;
    std::optional<net::HttpPlace> place_;  ///< it plays, or does once all is drained
    base::Instant asked_{};
    bool is_handed_over_ = false;  ///< socket and machine are the hub's

    // Of either, over UDP.
    static constexpr std::size_t slab_size = 31U << 10;
    base::BufferCutter datagram_slabs_{slab_size};
    std::unique_ptr<RtspLegs> legs_;
    std::unique_ptr<DatagramHub::Viewing> viewing_;
};

}  // namespace weir::endpoint

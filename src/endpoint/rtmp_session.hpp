// One RTMP connection on its shard: socket to machine, machine to media, media to the stream. A player's socket goes to the hub,
// and its machine with it. The reading coroutine stops while
// the machine waits for an answer and while the source is ahead of real time; a tick of the shard drives deadlines. While nobody
// follows the stream frame by frame the coroutine rests between two reads, for as long as a packet may wait for company.
#pragma once

#include "endpoint/contribution.hpp"
#include "endpoint/rtmp.hpp"
#include "endpoint/rtmp_media.hpp"
#include "endpoint/rtmp_player.hpp"
#include "net/transport.hpp"
#include "proto/rtmp/server_connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace weir::endpoint {

class RtmpSession {
  public:
    /// `scratch` is the shard's, and outlives it: nothing in it outlives a read.
    RtmpSession(net::Shard& shard, net::Transport transport, net::Scratch& scratch,
                std::shared_ptr<RtmpService> service, std::string id);
    ~RtmpSession();

    /// Until the connection is over. `self` keeps the session.
    static boost::asio::awaitable<void> run(std::shared_ptr<RtmpSession> self);
    /// Deadlines, late first TrackSets, answers that did not fit, troubles to tell. About ten times a second.
    void tick(base::Now now);
    /// Tells the publisher why, and ends.
    void stop(std::string_view reason);
    /// At once, without a word.
    void close();

    [[nodiscard]] bool is_publishing() const noexcept { return contribution_ != nullptr && contribution_->is_open(); }
    [[nodiscard]] bool is_open() const noexcept { return transport_.is_open(); }

  private:
    [[nodiscard]] boost::asio::awaitable<bool> read();
    [[nodiscard]] boost::asio::awaitable<bool> discard();
    [[nodiscard]] bool is_paused(base::Instant now) const noexcept {
        return waiting_ || (!resting_ && pause_.expiry() > now);
    }
    void wait_for_memory(base::Now now);
    void rest(std::size_t count, base::Instant now);
    void wake_at(std::size_t bytes);
    void drain(base::Now now);
    void handle(proto::rtmp::PublishRequested& event, base::Now now);
    void handle(proto::rtmp::PlayRequested& event, base::Now now);
    void play(const proto::rtmp::PlayRequest& request, base::Now now);
    void handle(proto::rtmp::Paused& /*event*/, base::Now /*now*/) {}  // of a player before it is one: it joins anyway
    void handle(proto::rtmp::Media& event, base::Now now);
    void handle(proto::rtmp::Metadata& event, base::Now now);
    void handle(proto::rtmp::Unpublished& event, base::Now now);
    void handle(proto::rtmp::Closed& event, base::Now now);
    void answer(base::Result<void> answered);
    void refuse(proto::rtmp::Refusal refusal, std::string_view text);
    void deliver(base::Now now);
    void leave(std::string_view reason, base::Now now);
    void hand_over(base::Now now);
    void end(std::string_view reason, base::Now now);
    void flush();

    net::Shard& shard_;
    net::Transport transport_;
    net::Scratch& scratch_;
    boost::asio::steady_timer pause_;  ///< reading waits on it
    bool held_back_ = false;           ///< the reading coroutine waits for the end of a pause
    bool resting_ = false;             ///< it waits for company, and not because it must
    bool has_plenty_ = false;          ///< the last rest brought more than it should
    std::size_t wakes_at_ = 1;         ///< bytes that make the socket readable
    const std::shared_ptr<RtmpService> service_;
    const std::string id_;
    boost::asio::ip::tcp::endpoint peer_;
    base::Log log_;

    proto::rtmp::ServerConnection machine_;
    bool waiting_ = false;      ///< for the answer to a publish request
    base::Duration timeout_{};  ///< of the stream that is asked for
    base::Duration company_{};  ///< the longest that its packets may wait for company
    bool over_ = false;         ///< the last words are said, or being sent
    base::Instant over_at_{};   ///< since when
    std::string unsent_;
    bool has_said_end_ = false;

    // Of the publication, anew for each.
    std::unique_ptr<RtmpMedia> media_;                  ///< from the stream's answer to the end
    std::unique_ptr<Contribution> contribution_;        ///< from the request on
    bool is_handed_over_ = false;                       ///< socket and machine are the hub's
    std::optional<proto::rtmp::PlayRequest> expected_;  ///< waits for a stream whose source is being fetched
    base::Instant expected_until_{};
    std::optional<RtmpPlay> play_;  ///< accepted; the socket goes to the hub once all is drained
};

}  // namespace weir::endpoint

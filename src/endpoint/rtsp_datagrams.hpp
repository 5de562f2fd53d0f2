// The logs that players over UDP follow on one shard: as at a broadcaster a viewer is an offset, and each packet of RTP in the log's frames
// is a datagram to it. A newcomer begins at the newest keyframe and catches up no faster than a player's buffer empties; one that has not
// when the next keyframe comes begins there. What a socket has no room for is dropped: datagrams are never waited with. Lives on its shard.
#pragma once

#include "endpoint/rtsp_legs.hpp"
#include "net/http_place.hpp"
#include "stream/stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace weir::endpoint {

/// What a player over UDP wants, and how it is reached.
struct DatagramViewer {
    RtspLegs* legs = nullptr;         ///< outlives it
    std::vector<std::size_t> tracks;  ///< of the session, by the log's channel / 2; SIZE_MAX: not set up
    base::Instant asked;
    std::function<void()> ended;  ///< the log is over. It may end the viewing
};

class DatagramHub {
  public:
    /// Dropping it ends the viewing.
    class Viewing;

    DatagramHub(net::Shard& shard, std::shared_ptr<RtspUdp> udp) : shard_(shard), udp_(std::move(udp)) {}
    ~DatagramHub();

    /// The viewer is counted with the stream from here on until it is dropped.
    [[nodiscard]] std::unique_ptr<Viewing> add(std::shared_ptr<stream::Stream> stream, std::string_view rung,
                                               const stream::WireFormat& format, DatagramViewer viewer);
    [[nodiscard]] const std::shared_ptr<RtspUdp>& udp() const noexcept { return udp_; }

  private:
    class Feed;
    using Key = std::tuple<const stream::Stream*, std::string, const stream::WireFormat*>;

    std::shared_ptr<Feed> open(const Key& key, std::shared_ptr<stream::Stream> stream);
    void drop(const Key& key);

    net::Shard& shard_;
    const std::shared_ptr<RtspUdp> udp_;
    std::map<Key, std::shared_ptr<Feed>> feeds_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class DatagramHub::Viewing {
  public:
    Viewing(std::shared_ptr<Feed> feed, std::uint64_t id, std::function<void()> left)
        : feed_(std::move(feed)), id_(id), left_(std::move(left)) {}
    ~Viewing();
    Viewing(const Viewing&) = delete;
    Viewing& operator=(const Viewing&) = delete;

    /// Nothing meanwhile; or from the newest keyframe on.
    void pause(bool is_paused);
    /// So far, without the heads of the datagrams.
    [[nodiscard]] std::uint64_t sent_bytes() const;

  private:
    std::shared_ptr<Feed> feed_;
    std::uint64_t id_;
    std::function<void()> left_;
};

}  // namespace weir::endpoint

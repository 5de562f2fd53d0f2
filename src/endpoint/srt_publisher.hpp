// A publisher over SRT: asks for its stream, reads what the library gives, takes the transport stream apart and hands the media on. While
// nobody follows the stream packet by packet it reads once in `delivery.latency`: a packet is given each few milliseconds. A source that
// is too far ahead is not read: the library tells it how little room there is.
#pragma once

#include "endpoint/contribution.hpp"
#include "endpoint/srt.hpp"
#include "endpoint/srt_session.hpp"
#include "format/mpegts_demux.hpp"
#include "net/srt_socket.hpp"
#include "net/tls_link.hpp"
#include "proto/srt/stream_id.hpp"
#include "stream/link_stats.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace weir::endpoint {

class SrtPublisher final : public SrtSession {
  public:
    /// `scratch` is the shard's, and outlives it: nothing in it outlives a read.
    SrtPublisher(std::shared_ptr<SrtService> service, net::Shard& shard, net::SrtSocket socket, net::Scratch& scratch,
                 const std::string& id);
    ~SrtPublisher() override;
    SrtPublisher(const SrtPublisher&) = delete;
    SrtPublisher& operator=(const SrtPublisher&) = delete;

    /// Asks for the stream. Once.
    void begin(const proto::srt::Request& request, const std::string& id, base::Now now);

    void tick(base::Now now) override;
    void stop(std::string_view reason) override;
    [[nodiscard]] bool is_over() const noexcept override { return !socket_.is_open(); }

    // What the demultiplexer has.
    void track(media::Track track, stream::WireClock clock);
    void sample(stream::Sample sample);
    void trouble(std::string_view text) { contribution_.trouble(text); }

  private:
    void answered(base::Result<void> answer);
    void look();
    void look_at(base::Instant when);
    void read(base::Now now);
    void take(base::ByteView bytes, base::Now now);
    void take_rest(base::Now now);
    void measure(base::Now now);
    void close();

    const std::shared_ptr<SrtService> service_;
    net::Shard& shard_;
    net::SrtSocket socket_;
    net::Scratch& scratch_;
    Contribution contribution_;
    format::mpegts::Demuxer demuxer_;
    format::mpegts::Faults told_faults_;
    std::shared_ptr<stream::LinkStats> link_ = std::make_shared<stream::LinkStats>();
    net::SrtFigures told_figures_;
    base::Instant measured_{};
    base::Now now_{};  ///< of the read whose media is handed on

    boost::asio::steady_timer timer_;
    bool waits_ = false;  ///< for the timer
    base::Instant not_before_{};
    bool is_held_back_ = false;             ///< until then, since it is too far ahead
    std::optional<base::Instant> lost_at_;  ///< the connection is broken; what came in time is still given
    base::Duration company_{};              ///< the longest that packets may wait for company
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::endpoint

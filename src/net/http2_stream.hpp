// One request of an HTTP/2 connection, from its head to the last byte of its answer. Each but the first of a connection counts as
// a connection of its own.
#pragma once

#include "net/http_exchange.hpp"
#include "proto/http/h2_server.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <utility>

namespace weir::net {

class Http2Stream {
  public:
    enum class Phase : std::uint8_t {
        body,
        answering,
        sending,
        growing,  ///< the body is being made: it takes as long as that
        endless,
        gone,
    };

    Http2Stream(proto::http::H2Stream its_id, const std::shared_ptr<HttpShard>& shard, proto::http::Request request,
                base::Instant now, bool is_first)
        : id(its_id), exchange(shard, std::move(request)), since(now), counts_as_connection_(!is_first) {
        exchange.shard->streams += counts_as_connection_ ? 1 : 0;
        exchange.shard->service->counts.streams.add();
    }
    ~Http2Stream() {
        exchange.shard->streams -= counts_as_connection_ ? 1 : 0;
        exchange.shard->service->counts.streams.subtract();
    }
    Http2Stream(const Http2Stream&) = delete;
    Http2Stream& operator=(const Http2Stream&) = delete;

    /// The client wants no more of it, or has it all.
    void end() {
        phase = Phase::gone;
        if (growth != nullptr) growth->on_change(nullptr);
        if (!source) return;
        boost::system::error_code ignored;
        source->close(ignored);
        room->cancel();
    }

    const proto::http::H2Stream id;
    HttpExchange exchange;
    Phase phase = Phase::body;
    base::Instant since;                 ///< of its head
    std::uint64_t sent_before = 0;       ///< bytes of its answer when the last window of time began
    bool was_sending = false;            ///< when that was
    std::shared_ptr<HttpGrowth> growth;  ///< of a body that grows
    std::optional<boost::asio::posix::stream_descriptor> source;  ///< of an endless body
    std::optional<boost::asio::steady_timer> room;                ///< until the client has taken some of it

  private:
    bool counts_as_connection_;
};

}  // namespace weir::net

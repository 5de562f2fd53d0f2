// One HTTP/2 connection: many requests at once, each an exchange as over HTTP/1.1, with the same routes, limits and answers. The machine
// makes output only as the socket takes it. An answer that takes the connection over (an endless stream) gets one end of a pair of
// sockets instead, and what it writes there becomes the stream's body, as fast as the client lets it. Lives on its shard; its
// coroutines, and whoever waits for the socket, keep it alive.
#pragma once

#include "net/http2_stream.hpp"
#include "net/http_session.hpp"
#include "net/transport.hpp"
#include "proto/http/h2_server.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>

namespace weir::net {

class Http2Connection final : public HttpSession, public std::enable_shared_from_this<Http2Connection> {
  public:
    /// Serves a connection whose client turned out to speak HTTP/2, until it ends. `first` has come already.
    [[nodiscard]] static boost::asio::awaitable<void> serve(std::shared_ptr<HttpShard> shard, Transport transport,
                                                            base::Bytes first);
    Http2Connection(std::shared_ptr<HttpShard> shard, Transport transport);

    void expire(HttpFault fault) override;
    void abandon() override;
    void check_deadline(base::Instant now) override;

  private:
    using H2Stream = proto::http::H2Stream;
    using StreamRef = std::shared_ptr<Http2Stream>;

    void receive(base::ByteView bytes);
    void pump();
    void flush();
    void wait_to_write();

    void take(proto::http::H2Request& event);
    void take(const proto::http::H2Body& event);
    void take(const proto::http::H2End& event);
    void take(const proto::http::H2TooLarge& event);
    void take(const proto::http::H2Gone& event);
    void take(const proto::http::H2Closed& event);
    [[nodiscard]] StreamRef find(H2Stream id) const;

    void answer(const StreamRef& stream);
    static boost::asio::awaitable<void> ask(std::shared_ptr<Http2Connection> self, StreamRef stream);
    void refuse(Http2Stream& stream, proto::http::Status status, std::string_view text);
    void respond(const StreamRef& stream);
    void grow(const StreamRef& stream);
    void hand_over(const StreamRef& stream, std::string_view head);
    static boost::asio::awaitable<void> feed(std::shared_ptr<Http2Connection> self, StreamRef stream);

    void give_up(HttpFault fault);
    void leave();
    void drop(Http2Stream& stream);
    void drop_all();
    void check_header(base::Instant now);
    void check_streams(base::Instant now);
    [[nodiscard]] std::uint64_t taken_by_client();

    Transport transport_;
    boost::asio::ip::tcp::endpoint peer_;
    proto::http::H2Server machine_;
    base::MemoryCharge charge_;
    std::map<H2Stream, StreamRef> streams_;
    std::size_t orphans_ = 0;  ///< handlers that are being awaited for streams that are gone
    base::Now now_;
    base::Instant deadline_;                     ///< while there is no stream
    std::optional<base::Instant> header_since_;  ///< a header has begun, and not ended
    base::Instant window_began_;                 ///< in which clients take `slow_bytes`
    std::uint64_t finished_ = 0;                 ///< bytes of bodies, of streams that are gone
    std::uint64_t taken_ = 0;                    ///< bytes of bodies that the client had taken when the window began
    std::optional<HttpFault> fault_;             ///< why it has to end
    bool is_blocked_ = false;                    ///< waits until the socket is ready
    bool is_leaving_ = false;                    ///< all is said
    bool is_over_ = false;
};

}  // namespace weir::net

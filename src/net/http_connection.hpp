// One HTTP/1.1 connection: reads requests, has them answered, sends the answers in order. `advance` does all that can be
// done without waiting and says what to wait for; `run` is the waiting. While it is idle a connection holds no buffer. A client that
// turns out to speak HTTP/2 is handed on.
#pragma once

#include "net/http_chunks.hpp"
#include "net/http_exchange.hpp"
#include "net/http_outbox.hpp"
#include "net/http_session.hpp"
#include "net/transport.hpp"
#include "proto/http/request_parser.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>

namespace weir::net {

class HttpConnection final : public HttpSession {
  public:
    /// Serves a fresh connection until it ends or is taken over. One for whom there is no room is told so.
    [[nodiscard]] static boost::asio::awaitable<void> serve(std::shared_ptr<HttpShard> shard, Transport transport);
    HttpConnection(std::shared_ptr<HttpShard> shard, Transport transport);

    void expire(HttpFault fault) override;
    void abandon() override;
    void check_deadline(base::Instant now) override;

  private:
    enum class Step : std::uint8_t { proceed, read, write, answer, grow, close };
    enum class Phase : std::uint8_t { half_open, idle, header, body, answering, sending, growing, leaving };

    boost::asio::awaitable<void> run();
    [[nodiscard]] bool speaks_http2(base::ByteView bytes) const noexcept;
    boost::asio::awaitable<void> wait_for_growth();

    Step advance();
    Step await_input();
    bool receive();
    Step take(proto::http::RequestEvent& event);
    Step begin(proto::http::Request request);
    Step collect(base::ByteView bytes);
    Step answer();
    Step refuse(proto::http::Status status, std::string_view text);
    Step give_up(HttpFault fault);
    Step respond();
    Step hand_over();
    Step flush();
    Step send_more();
    Step send_next();
    Step finish();
    Step leave();
    [[nodiscard]] std::string_view write_head();
    bool send_continue();

    void enter(Phase phase);
    [[nodiscard]] bool is_too_slow();

    Transport transport_;
    boost::asio::ip::tcp::endpoint peer_;
    proto::http::RequestParser parser_;
    std::unique_ptr<HttpExchange> exchange_;
    bool keep_alive_ = false;  ///< after the exchange
    HttpOutbox outbox_;
    std::optional<HttpChunks> chunks_;                     ///< of a body that grows
    boost::asio::steady_timer* growth_awaited_ = nullptr;  ///< of whom waits for more of it
    base::Now now_;                                        ///< when `advance` was called
    base::Instant deadline_;
    std::uint64_t taken_ = 0;         ///< bytes of the response that the client had taken when the current window began
    std::optional<HttpFault> fault_;  ///< why it has to end
    std::optional<base::Bytes> http2_;  ///< the client speaks HTTP/2: the first of it
    Phase phase_ = Phase::half_open;
};

}  // namespace weir::net

// One HTTP/1.1 connection: reads requests, has them answered, sends the answers in order. `advance` does all that can be
// done without waiting and says what to wait for; `run` is the waiting. While it is idle a connection holds no buffer.
#pragma once

#include "net/http_outbox.hpp"
#include "net/http_shard.hpp"
#include "proto/http/request_parser.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>

namespace weir::net {

class HttpConnection {
  public:
    /// Serves a fresh connection until it ends or is taken over. One for whom there is no room is told so.
    [[nodiscard]] static boost::asio::awaitable<void> serve(std::shared_ptr<HttpShard> shard,
                                                            boost::asio::ip::tcp::socket socket);
    HttpConnection(std::shared_ptr<HttpShard> shard, boost::asio::ip::tcp::socket socket);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    /// Its place is needed: it ends soon, and no longer counts from now on.
    void evict(HttpFault fault);
    /// The server ends, and so does this connection, without another word.
    void abandon();
    void check_deadline(base::Instant now);

  private:
    enum class Step : std::uint8_t { proceed, read, write, answer, close };
    enum class Phase : std::uint8_t { half_open, idle, header, body, answering, sending, leaving };

    /// A request and its answer: exists only from the one to the other.
    struct Exchange {
        Exchange(HttpShard& shard, proto::http::Request request);
        ~Exchange();

        HttpShard& shard;
        proto::http::Request request;
        RequestContext context;
        const HttpHandler* handler = nullptr;  ///< null: `response` stands already
        Audience audience = Audience::page;
        bool keep_alive = false;
        HttpResponse response;
        std::size_t answer_size = 0;  ///< as counted in `shard.answers`
    };

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> ask(const AwaitableHandler& handler);

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
    void count_answer();
    Step flush();
    Step leave();
    [[nodiscard]] std::string_view write_head(std::optional<std::uint64_t> content_length);
    bool send_continue();

    void enter(Phase phase);
    void queue_up(HttpShard::Queue& queue);
    void expire(HttpFault fault);
    [[nodiscard]] bool is_too_slow();
    [[nodiscard]] bool is_memory_full() const noexcept;

    std::shared_ptr<HttpShard> shard_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::ip::tcp::endpoint peer_;
    proto::http::RequestParser parser_;
    std::unique_ptr<Exchange> exchange_;
    HttpOutbox outbox_;
    HttpShard::Queue* queue_;  ///< where this connection stands
    HttpShard::Queue::iterator place_;
    base::Now now_;  ///< when `advance` was called
    base::Instant deadline_;
    std::uint64_t taken_ = 0;         ///< bytes of the response that the client had taken when the current window began
    std::optional<HttpFault> fault_;  ///< why it has to end
    Phase phase_ = Phase::half_open;
};

}  // namespace weir::net

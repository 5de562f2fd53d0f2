// A request and its answer: exists only from the one to the other. What it holds of the shard's limits (bodies, answers) is given back
// with it. The same over HTTP/1.1 and HTTP/2, which differ in how the bytes of both travel.
#pragma once

#include "net/http_shard.hpp"
#include "proto/http/response.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string_view>

namespace weir::net {

/// What a request that is refused with this status is counted as.
[[nodiscard]] HttpFault fault_of(proto::http::Status status) noexcept;

class HttpExchange {
  public:
    HttpExchange(std::shared_ptr<HttpShard> shard, proto::http::Request request);
    ~HttpExchange();
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;

    /// Finds who answers: afterwards there is a handler, or the answer stands already.
    void route(const boost::asio::ip::tcp::endpoint& peer, base::Now now);
    /// A piece of the body. False where bodies together are at their limit: nothing was taken.
    [[nodiscard]] bool collect(base::ByteView bytes);
    /// The answer is a handler's that has to be awaited: what `ask` brings, which throws where the handler does, is to be taken.
    [[nodiscard]] bool has_to_ask() const noexcept;
    [[nodiscard]] boost::asio::awaitable<HttpResponse> ask();
    void take(HttpResponse answer);
    /// The handler threw.
    void fail();
    /// Has any other handler answer.
    void answer();
    /// This is the answer, whatever a handler would have said.
    void refuse(proto::http::Status status, std::string_view text);
    /// The answer stands: applies the request's conditions, the limit of answers, and counts it.
    void conclude();
    /// The head as HTTP/1.1 has it, in the shard's buffer; valid until the next one is written.
    [[nodiscard]] std::string_view write_head(proto::http::Persistence persistence, base::WallTime now) const;

    [[nodiscard]] bool is_head() const noexcept { return request.method == proto::http::Method::head; }
    [[nodiscard]] bool is_endless() const noexcept { return std::holds_alternative<HttpTakeover>(response.body); }
    /// Null where the body is whole, or nothing is sent of it.
    [[nodiscard]] std::shared_ptr<HttpGrowth> growth() const;
    [[nodiscard]] bool wants_body() const noexcept { return handler != nullptr; }

    const std::shared_ptr<HttpShard> shard;
    proto::http::Request request;
    RequestContext context;
    const HttpHandler* handler = nullptr;  ///< null: `response` stands already
    Audience audience = Audience::page;
    HttpResponse response;

  private:
    void count_answer();

    std::size_t answer_size_ = 0;  ///< as counted in `shard->answers`
};

}  // namespace weir::net
